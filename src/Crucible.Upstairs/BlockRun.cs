namespace Crucible.Upstairs;

/// <summary>What a part of a volume holds.</summary>
public enum BlockAllocation : byte
{
    /// <summary>Never written, or discarded: takes no space and reads as zeroes.</summary>
    NeverWritten,

    /// <summary>Written as zeroes: takes no space and reads as zeroes.</summary>
    Zeroes,

    /// <summary>Data, which may be zeroes too; or what no replica can read.</summary>
    Data,
}

/// <summary>Neighbouring bytes of a volume that are alike.</summary>
/// <param name="LengthBytes">How many, at least 1.</param>
/// <param name="Allocation">What they hold.</param>
public readonly record struct BlockRun(long LengthBytes, BlockAllocation Allocation);
