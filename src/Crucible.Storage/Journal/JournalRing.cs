namespace Crucible.Storage;

/// <summary>
/// Where positions lie in the journal file.
/// <code>
///      0  4096  checkpoint slot 0
///   4096  4096  checkpoint slot 1
///   8192     R  the ring: position p lies at 8192 + p mod R; no record runs over its end
/// </code>
/// </summary>
internal readonly struct JournalRing(long fileBytes)
{
    public const int PageBytes = 4096;
    public const int SlotCount = 2;
    public const int RingOffset = SlotCount * PageBytes;

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes { get; } = fileBytes;

    /// <summary>Bytes of the ring, R.</summary>
    public ulong Bytes { get; } = (ulong)(fileBytes - RingOffset);

    public static bool IsValidSize(long fileBytes) =>
        fileBytes is >= RegionFormat.MinJournalBytes and <= RegionFormat.MaxJournalBytes && fileBytes % PageBytes == 0;

    public long OffsetOf(ulong position) => RingOffset + (long)(position % Bytes);

    /// <summary>Bytes from the position to the ring's end.</summary>
    public ulong ToEnd(ulong position) => Bytes - (position % Bytes);

    /// <summary>The next page's start, or the position itself if it is one.</summary>
    public static ulong AlignUp(ulong position) => (position + (PageBytes - 1)) & ~(ulong)(PageBytes - 1);

    /// <summary>The position of the ring's start on its next lap.</summary>
    public ulong NextLap(ulong position) => ((position / Bytes) + 1) * Bytes;

    /// <summary>Where a record of that length begins that may not begin before <paramref name="position"/>.</summary>
    public ulong Place(ulong position, int lengthBytes) =>
        ToEnd(position) >= (ulong)lengthBytes ? position : NextLap(position);
}
