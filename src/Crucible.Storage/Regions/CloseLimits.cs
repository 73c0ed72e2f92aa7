namespace Crucible.Storage;

/// <summary>
/// What closing applies at most: more is left to the next opening, which reads it faster than a stopping daemon may take
/// to write it.
/// </summary>
internal static class CloseLimits
{
    /// <summary>Bytes of journal.</summary>
    public const ulong JournalBytes = 32UL << 20;

    /// <summary>Extents to sync, at a few milliseconds each.</summary>
    public const int Extents = 128;
}
