namespace Crucible.Upstairs.Program;

/// <summary>How data moves between a stream and the volume.</summary>
internal static class TransferSizes
{
    /// <summary>Bytes of one request: the most that one job carries; chunks end at multiples of it.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>Requests in flight: enough to keep three disks busy, few enough to stay small in memory.</summary>
    public const int Depth = 8;

    /// <summary>Bytes from an offset to the end of its chunk, or to <paramref name="left"/>.</summary>
    public static int NextChunk(long offset, long left) => (int)Math.Min(left, ChunkBytes - (offset % ChunkBytes));
}
