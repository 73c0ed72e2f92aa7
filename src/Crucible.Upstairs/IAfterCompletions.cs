namespace Crucible.Upstairs;

/// <summary>Somebody who answers many requests at once: see <see cref="Volume.TryAfterCompletions"/>.</summary>
public interface IAfterCompletions
{
    /// <summary>All requests that were done together have been told. On the thread that told them; must not block.</summary>
    void AfterCompletions();
}
