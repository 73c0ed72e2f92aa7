using System.Numerics;

namespace Crucible;

/// <summary>
/// The geometry of a region: what must be the same on all three replicas of a volume. Immutable and always valid.
/// </summary>
public sealed record RegionDefinition
{
    /// <summary>Smallest block, bytes.</summary>
    public const uint MinBlockSizeBytes = 512;

    /// <summary>Largest block, bytes.</summary>
    public const uint MaxBlockSizeBytes = 32768;

    /// <summary>Largest extent, bytes: it is one file, and a context page's index in it must stay small.</summary>
    public const ulong MaxExtentSizeBytes = 1UL << 40;

    /// <summary>Largest region, bytes: byte offsets must fit a signed 64-bit number on every layer.</summary>
    public const ulong MaxRegionSizeBytes = 1UL << 60;

    /// <summary>Most extents: the table of extent versions is held in memory, 24 bytes each.</summary>
    public const uint MaxExtentCount = 1U << 24;

    /// <param name="blockSizeBytes">Bytes of a block: a power of two, 512 to 32768.</param>
    /// <param name="extentSizeBlocks">Blocks of an extent: at least 1.</param>
    /// <param name="extentCount">Extents of the region: at least 1.</param>
    /// <param name="encrypted">Whether blocks carry a nonce and a tag in their contexts.</param>
    /// <exception cref="InvalidGeometryException">A size is out of its range; the message says which.</exception>
    public RegionDefinition(uint blockSizeBytes, uint extentSizeBlocks, uint extentCount, bool encrypted = false)
    {
        if (blockSizeBytes is < MinBlockSizeBytes or > MaxBlockSizeBytes || !BitOperations.IsPow2(blockSizeBytes))
        {
            throw new InvalidGeometryException(
                $"block size {blockSizeBytes} is not a power of two from {MinBlockSizeBytes} to {MaxBlockSizeBytes}");
        }

        if (extentSizeBlocks == 0 || (ulong)extentSizeBlocks * blockSizeBytes > MaxExtentSizeBytes)
        {
            throw new InvalidGeometryException(
                $"extent size {extentSizeBlocks} blocks is not from 1 to {MaxExtentSizeBytes / blockSizeBytes}");
        }

        if (extentCount is 0 or > MaxExtentCount)
        {
            throw new InvalidGeometryException($"extent count {extentCount} is not from 1 to {MaxExtentCount}");
        }

        var extentSizeBytes = (ulong)extentSizeBlocks * blockSizeBytes;
        if (extentSizeBytes > MaxRegionSizeBytes / extentCount)
        {
            throw new InvalidGeometryException(
                $"{extentCount} extents of {extentSizeBytes} bytes are more than {MaxRegionSizeBytes} bytes together");
        }

        BlockSizeBytes = blockSizeBytes;
        ExtentSizeBlocks = extentSizeBlocks;
        ExtentCount = extentCount;
        Encrypted = encrypted;
        BlockShift = BitOperations.Log2(blockSizeBytes);
    }

    /// <summary>Bytes of a block: a power of two, 512 to 32768.</summary>
    public uint BlockSizeBytes { get; }

    /// <summary>Blocks of an extent.</summary>
    public uint ExtentSizeBlocks { get; }

    /// <summary>Extents of the region.</summary>
    public uint ExtentCount { get; }

    /// <summary>Whether block contexts carry a nonce and a tag.</summary>
    public bool Encrypted { get; }

    /// <summary>Base-two logarithm of <see cref="BlockSizeBytes"/>.</summary>
    public int BlockShift { get; }

    public ulong ExtentSizeBytes => (ulong)ExtentSizeBlocks * BlockSizeBytes;

    public ulong TotalBlocks => (ulong)ExtentSizeBlocks * ExtentCount;

    public ulong TotalBytes => ExtentSizeBytes * ExtentCount;

    /// <summary>Bytes of one block's context.</summary>
    public int ContextSizeBytes => BlockContext.SizeBytes(Encrypted);

    public ExtentId ExtentOf(BlockIndex block) => new((uint)(block.Value / ExtentSizeBlocks));

    /// <summary>The block's place in its extent, counted from 0.</summary>
    public uint OffsetInExtent(BlockIndex block) => (uint)(block.Value % ExtentSizeBlocks);

    public BlockIndex FirstBlockOf(ExtentId extent) => new((ulong)extent.Value * ExtentSizeBlocks);

    /// <summary>Whether the range is not empty and lies within the region.</summary>
    public bool Contains(BlockIndex start, ulong blockCount) =>
        blockCount != 0 && start.Value < TotalBlocks && blockCount <= TotalBlocks - start.Value;

    /// <summary>Whether the range is not empty and lies within one extent of the region: what a job may touch.</summary>
    public bool ContainsInOneExtent(BlockIndex start, ulong blockCount) =>
        Contains(start, blockCount) && OffsetInExtent(start) + blockCount <= ExtentSizeBlocks;

    /// <summary>The guides' short form: block size, extent size, extent count.</summary>
    public override string ToString() => $"bs:{BlockSizeBytes} es:{ExtentSizeBlocks} ec:{ExtentCount}{(Encrypted ? " encrypted" : "")}";
}
