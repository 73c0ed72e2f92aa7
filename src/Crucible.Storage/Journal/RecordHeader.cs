using System.Buffers.Binary;

namespace Crucible.Storage;

/// <summary>
/// The head of a journal record; contexts follow it, padded to 16 bytes, then the data of the blocks in state Data.
/// <code>
///    0  u64  checksum        XXH64 of bytes 8 … 112 + contextBytes, seed of the region
///    8  u32  magic           "CRJ1"
///   12  u16  kind            RecordKind
///   14  u16  flags           bit 1: dirty (extent versions); bit 2: the data lies in the extent, not in the record (writes)
///   16  u64  epoch           of the opening that appended it
///   24  u64  position        its own
///   32  u64  previousEnd     where the record before it ended
///   40  u32  contextBytes    whole contexts and their padding
///   44  u32  dataBytes
///   48  u64  generation
///   56  u64  job
///   64  u64  startBlock      extent version: the extent's first block
///   72  u32  blockCount
///   76  u32  reserved        zero
///   80  u64  flushNumber
///   88  16   argument        promote: session; volume: its id
///  104  u64  durable         what lies before this position was on stable storage when the record was made
/// </code>
/// </summary>
internal readonly record struct RecordHeader
{
    public const int SizeBytes = 112;
    public const int Alignment = 16;
    public const uint Magic = 0x314A5243;
    public const ushort IsDirty = 2;
    public const ushort IsDirectWrite = 4;
    public const int ChecksumBytes = 8;

    public required RecordKind Kind { get; init; }

    public ushort Flags { get; init; }

    public ulong Epoch { get; init; }

    public ulong Position { get; init; }

    public ulong PreviousEnd { get; init; }

    public int ContextBytes { get; init; }

    public int DataBytes { get; init; }

    public Generation Generation { get; init; }

    public JobId Job { get; init; }

    public BlockIndex Start { get; init; }

    public uint BlockCount { get; init; }

    public FlushNumber FlushNumber { get; init; }

    public Guid Argument { get; init; }

    public ulong Durable { get; init; }

    public int LengthBytes => SizeBytes + ContextBytes + DataBytes;

    public bool TouchesBlocks => Kind is RecordKind.Write or RecordKind.WriteZeroes or RecordKind.Discard or RecordKind.RepairWrite;

    /// <summary>Its data lies in the homes that its contexts tell.</summary>
    public bool IsDirect => HasContexts && (Flags & IsDirectWrite) != 0;

    public bool HasContexts => Kind is RecordKind.Write or RecordKind.RepairWrite;

    /// <summary>Whole contexts with the padding that keeps records at multiples of 16.</summary>
    public static int PaddedContextBytes(int contextBytes) => (contextBytes + (Alignment - 1)) & ~(Alignment - 1);

    /// <summary>Writes all but epoch, position, previous end, durable and checksum, which <see cref="Seal"/> adds.</summary>
    public void Write(Span<byte> target)
    {
        target = target[..SizeBytes];
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[12..], (ushort)Kind);
        BinaryPrimitives.WriteUInt16LittleEndian(target[14..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], (uint)ContextBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[44..], (uint)DataBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], Generation.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[56..], Job.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[64..], Start.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(target[72..], BlockCount);
        BinaryPrimitives.WriteUInt64LittleEndian(target[80..], FlushNumber.Value);
        RegionFormat.WriteGuid(target[88..], Argument);
    }

    /// <summary>Gives a written header (with its contexts behind it) its place, and the checksum over it all.</summary>
    public static void Seal(
        Span<byte> headerAndContexts, ulong epoch, ulong position, ulong previousEnd, ulong durable, ulong seed)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(headerAndContexts[16..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(headerAndContexts[24..], position);
        BinaryPrimitives.WriteUInt64LittleEndian(headerAndContexts[32..], previousEnd);
        BinaryPrimitives.WriteUInt64LittleEndian(headerAndContexts[104..], durable);
        BinaryPrimitives.WriteUInt64LittleEndian(headerAndContexts, XxHash64.Hash(headerAndContexts[ChecksumBytes..], seed));
    }

    /// <summary>Reads a header without its checksum; false if the bytes cannot begin a record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out RecordHeader header)
    {
        header = default;
        if (source.Length < SizeBytes || BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Magic)
        {
            return false;
        }

        var contextBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[40..]);
        var dataBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[44..]);
        if (contextBytes > RecordLimits.MaxContextBytes || dataBytes > Region.MaxJobBytes)
        {
            return false;
        }

        header = new RecordHeader
        {
            Kind = (RecordKind)BinaryPrimitives.ReadUInt16LittleEndian(source[12..]),
            Flags = BinaryPrimitives.ReadUInt16LittleEndian(source[14..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            Position = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            PreviousEnd = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            ContextBytes = (int)contextBytes,
            DataBytes = (int)dataBytes,
            Generation = new Generation(BinaryPrimitives.ReadUInt64LittleEndian(source[48..])),
            Job = new JobId(BinaryPrimitives.ReadUInt64LittleEndian(source[56..])),
            Start = new BlockIndex(BinaryPrimitives.ReadUInt64LittleEndian(source[64..])),
            BlockCount = BinaryPrimitives.ReadUInt32LittleEndian(source[72..]),
            FlushNumber = new FlushNumber(BinaryPrimitives.ReadUInt64LittleEndian(source[80..])),
            Argument = RegionFormat.ReadGuid(source[88..]),
            Durable = BinaryPrimitives.ReadUInt64LittleEndian(source[104..]),
        };
        return true;
    }

    /// <summary>Whether the checksum fits the header and its contexts.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> headerAndContexts, ulong seed) =>
        BinaryPrimitives.ReadUInt64LittleEndian(headerAndContexts) == XxHash64.Hash(headerAndContexts[ChecksumBytes..], seed);
}
