using System.Buffers.Binary;

namespace Crucible.Storage;

/// <summary>
/// The last sector of an extent's file: whose it is, and its version when blocks were last applied to it (the file
/// <c>versions</c> knows later ones: a flush alone does not touch the extents).
/// <code>
///    0  u32  magic              "CREX"
///    4  u32  formatVersion
///    8  16   region id
///   24  u32  extent number
///   28  u32  blockSizeBytes
///   32  u32  extentSizeBlocks
///   36  u32  encrypted          0 or 1
///   40  u64  generation
///   48  u64  flushNumber
///   56  u64  flags              1 dirty
///   64       zeroes
///  504  u64  checksum           XXH64 of bytes 0 … 504, seed of the region
/// </code>
/// </summary>
internal static class ExtentMetadata
{
    public const int SizeBytes = RegionFormat.SectorBytes;
    private const uint Magic = 0x58455243;
    private const int ChecksumOffset = SizeBytes - 8;

    public static void Write(Span<byte> page, RegionIdentity region, in ExtentEntry entry)
    {
        var definition = region.Definition;
        page = page[..SizeBytes];
        page.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[4..], (uint)region.FormatVersion);
        RegionFormat.WriteGuid(page[8..], region.Id.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(page[24..], entry.Extent);
        BinaryPrimitives.WriteUInt32LittleEndian(page[28..], definition.BlockSizeBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(page[32..], definition.ExtentSizeBlocks);
        BinaryPrimitives.WriteUInt32LittleEndian(page[36..], definition.Encrypted ? 1U : 0U);
        BinaryPrimitives.WriteUInt64LittleEndian(page[40..], entry.Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(page[48..], entry.FlushNumber);
        BinaryPrimitives.WriteUInt64LittleEndian(page[56..], (ulong)(entry.Flags & ExtentFlags.Dirty));
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumOffset..], XxHash64.Hash(page[..ChecksumOffset], region.Seed));
    }

    /// <summary>False if the page is not this extent's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, RegionIdentity region, uint extent, out ExtentEntry entry)
    {
        entry = default;
        var definition = region.Definition;
        if (BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumOffset..]) != XxHash64.Hash(page[..ChecksumOffset], region.Seed)
            || BinaryPrimitives.ReadUInt32LittleEndian(page) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(page[4..]) != (uint)region.FormatVersion
            || RegionFormat.ReadGuid(page[8..]) != region.Id.Value
            || BinaryPrimitives.ReadUInt32LittleEndian(page[24..]) != extent
            || BinaryPrimitives.ReadUInt32LittleEndian(page[28..]) != definition.BlockSizeBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(page[32..]) != definition.ExtentSizeBlocks
            || BinaryPrimitives.ReadUInt32LittleEndian(page[36..]) != (definition.Encrypted ? 1U : 0U))
        {
            return false;
        }

        entry = new ExtentEntry(
            extent,
            BinaryPrimitives.ReadUInt64LittleEndian(page[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(page[48..]),
            ExtentFlags.Established | ((ExtentFlags)page[56] & ExtentFlags.Dirty));
        return true;
    }
}
