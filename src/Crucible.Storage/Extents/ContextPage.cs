using System.Buffers.Binary;

namespace Crucible.Storage;

/// <summary>
/// A sector of contexts in an extent's file. It says where it belongs, so that a page that was never written, or another
/// one's, is found out.
/// <code>
///    0  contexts, one after another; zeroes after the last
///  496  u64  identity   extent number × 2³² + page index
///  504  u64  checksum   XXH64 of bytes 0 … 504, seed of the region
/// </code>
/// A context of 0xFF bytes is <em>damaged</em>: this replica does not know what the block holds until it is written again.
/// </summary>
internal static class ContextPage
{
    public const int SizeBytes = RegionFormat.SectorBytes;
    public const int ContextAreaBytes = IdentityOffset;
    public const byte LostByte = 0xFF;
    private const int IdentityOffset = 496;
    private const int ChecksumOffset = 504;

    /// <summary>Makes a page whose blocks are all never written, or all lost.</summary>
    public static void Initialise(Span<byte> page, int contextBytes, bool lost)
    {
        page.Clear();
        if (lost)
        {
            page[..(ContextAreaBytes / contextBytes * contextBytes)].Fill(LostByte);
        }
    }

    public static void Seal(Span<byte> page, uint extent, uint pageIndex, ulong seed)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page[IdentityOffset..], ((ulong)extent << 32) | pageIndex);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumOffset..], XxHash64.Hash(page[..ChecksumOffset], seed));
    }

    public static bool IsValid(ReadOnlySpan<byte> page, uint extent, uint pageIndex, ulong seed) =>
        BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumOffset..]) == XxHash64.Hash(page[..ChecksumOffset], seed)
        && BinaryPrimitives.ReadUInt64LittleEndian(page[IdentityOffset..]) == (((ulong)extent << 32) | pageIndex);
}
