namespace Crucible.Hosting;

/// <summary>An exception whose message tells in one line what failed and what to do: no stack trace is shown.</summary>
public interface IOneLineError
{
    /// <summary>One of <see cref="Crucible.Hosting.ExitCode"/>.</summary>
    int ExitCode { get; }
}
