namespace Crucible.Upstairs;

/// <summary>How far the repair of a replica is.</summary>
/// <param name="Target">Who is repaired.</param>
/// <param name="Source">From whom; null while there is nobody.</param>
/// <param name="TotalBytes">Bytes of the region.</param>
/// <param name="ComparedBytes">Bytes found or made alike.</param>
/// <param name="CopiedBytes">Bytes that differed and were copied.</param>
/// <param name="LeftBytes">Bytes not yet compared.</param>
/// <param name="BadBlocks">Blocks that no replica could tell.</param>
/// <param name="Elapsed">Since it began.</param>
/// <param name="AllowedBytesPerSecond">What it may copy beside the guest.</param>
public readonly record struct RepairProgress(
    ReplicaId Target,
    ReplicaId? Source,
    ulong TotalBytes,
    ulong ComparedBytes,
    ulong CopiedBytes,
    ulong LeftBytes,
    ulong BadBlocks,
    TimeSpan Elapsed,
    long AllowedBytesPerSecond)
{
    /// <summary>Bytes compared a second, on average.</summary>
    public double BytesPerSecond => Elapsed > TimeSpan.Zero ? ComparedBytes / Elapsed.TotalSeconds : 0;

    /// <summary>How long the rest takes at that rate; null: not known yet.</summary>
    public TimeSpan? Remaining => BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(LeftBytes / BytesPerSecond, 1e8)) : null;
}
