using System.Buffers.Binary;

namespace Crucible.Storage;

/// <summary>
/// A page of the file <c>versions</c>: one sector with the versions of 20 extents. A page of zeroes says that none of its
/// extents is established.
/// <code>
///    0  20 × { u64 generation, u64 flushNumber, u64 flags: 1 dirty, 2 established, 4 damaged }
///  480  u64  pageIndex
///  488  u64  asOf       journal position up to which the page knows every record
///  496  u64  reserved   zero
///  504  u64  checksum   XXH64 of bytes 0 … 504, seed of the region
/// </code>
/// </summary>
internal static class VersionPage
{
    public const int SizeBytes = RegionFormat.SectorBytes;
    public const int EntryCount = 20;
    private const int EntryBytes = 24;
    private const int IndexOffset = EntryCount * EntryBytes;
    private const int AsOfOffset = IndexOffset + 8;
    private const int ChecksumOffset = SizeBytes - 8;

    public static int CountFor(uint extentCount) => (int)((extentCount + EntryCount - 1) / EntryCount);

    public static bool IsZero(ReadOnlySpan<byte> page) => !page.ContainsAnyExcept((byte)0);

    public static bool IsValid(ReadOnlySpan<byte> page, uint pageIndex, ulong seed) =>
        BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumOffset..]) == XxHash64.Hash(page[..ChecksumOffset], seed)
        && BinaryPrimitives.ReadUInt64LittleEndian(page[IndexOffset..]) == pageIndex;

    public static ulong AsOf(ReadOnlySpan<byte> page) => BinaryPrimitives.ReadUInt64LittleEndian(page[AsOfOffset..]);

    public static ExtentEntry Entry(ReadOnlySpan<byte> page, uint extent)
    {
        var entry = page.Slice((int)(extent % EntryCount) * EntryBytes, EntryBytes);
        return new ExtentEntry(
            extent,
            BinaryPrimitives.ReadUInt64LittleEndian(entry),
            BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
            (ExtentFlags)entry[16] & ExtentFlags.Persisted);
    }

    public static void SetEntry(Span<byte> page, in ExtentEntry value)
    {
        var entry = page.Slice((int)(value.Extent % EntryCount) * EntryBytes, EntryBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, value.Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], value.FlushNumber);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], (ulong)(value.Flags & ExtentFlags.Persisted));
    }

    public static void Seal(Span<byte> page, uint pageIndex, ulong asOf, ulong seed)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page[IndexOffset..], pageIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(page[AsOfOffset..], asOf);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumOffset..], XxHash64.Hash(page[..ChecksumOffset], seed));
    }
}
