namespace Crucible.Storage;

/// <summary>Limits of records and of what the journal holds; part of the format, for recovery must hold what was appended.</summary>
internal static class RecordLimits
{
    /// <summary>Most blocks with contexts in one record: a job of 1 MiB in the smallest blocks.</summary>
    public const int MaxContextBlocks = Region.MaxJobBytes / (int)RegionDefinition.MinBlockSizeBytes;

    /// <summary>Most bytes of contexts in one record.</summary>
    public const int MaxContextBytes = MaxContextBlocks * BlockContext.EncryptedSizeBytes;

    /// <summary>Most bytes of a record.</summary>
    public const int MaxRecordBytes = RecordHeader.SizeBytes + MaxContextBytes + Region.MaxJobBytes;

    private const ulong MinIndexBlocks = 4UL * Region.MaxEmptyJobBlocks;
    private const ulong MaxIndexBlocks = 1UL << 19;

    /// <summary>
    /// Most blocks in one index table: as many as the ring holds with data, within limits (zeroes and discards take blocks
    /// without ring space). The journal never holds more than two tables' worth.
    /// </summary>
    public static int IndexBlocks(RegionDefinition definition, JournalRing ring) =>
        (int)Math.Clamp(ring.Bytes / definition.BlockSizeBytes, MinIndexBlocks, MaxIndexBlocks);
}
