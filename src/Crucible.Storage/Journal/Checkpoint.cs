using System.Buffers.Binary;

namespace Crucible.Storage;

/// <summary>
/// Where replay begins and what the region was there. One sector at the start of a slot; the rest of the slot is zero.
/// <code>
///    0  u64  checksum          XXH64 of bytes 8 … 512, seed of the region
///    8  u32  magic             "CRC1"
///   12  u32  formatVersion
///   16  u64  sequence          rises by one; slot = sequence mod 2; the higher valid one counts
///   24  u64  epoch             rises by one with every opening for writing
///   32  u64  epochStart        records from here on count only if they bear this epoch
///   40  u64  head              where replay begins
///   48  u64  ringBytes
///   56  16   volume
///   72  u64  promisedGeneration
///   80  16   promisedSession
///   96  u64  inSyncGeneration
///  104  u64  positionGeneration
///  112  u64  positionJob
///  120  u64  flushGeneration
///  128  u64  flushNumber
///  136  u64  flags             bit 0: repairing
///  144  u64  establishedCount  extents established at least
///  152       zeroes
/// </code>
/// </summary>
internal readonly record struct Checkpoint
{
    public const int SizeBytes = RegionFormat.SectorBytes;
    private const uint Magic = 0x31435243;

    // Of the checkpoint itself: the same in both versions of the region's format.
    private const uint FormatVersion = 1;

    private const ulong RepairingFlag = 1;

    public ulong Sequence { get; init; }

    public ulong Epoch { get; init; }

    public ulong EpochStart { get; init; }

    public ulong Head { get; init; }

    public ulong RingBytes { get; init; }

    public RegionState State { get; init; }

    public ulong EstablishedCount { get; init; }

    public void Write(Span<byte> target, ulong seed)
    {
        target = target[..SizeBytes];
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], FormatVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], EpochStart);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], Head);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], RingBytes);
        RegionFormat.WriteGuid(target[56..], State.Volume.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[72..], State.PromisedGeneration.Value);
        RegionFormat.WriteGuid(target[80..], State.PromisedSession.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[96..], State.InSyncGeneration.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[104..], State.Position.Generation.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[112..], State.Position.Job.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[120..], State.FlushGeneration.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[128..], State.FlushNumber.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[136..], State.Repairing ? RepairingFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[144..], EstablishedCount);
        BinaryPrimitives.WriteUInt64LittleEndian(target, XxHash64.Hash(target[8..], seed));
    }

    /// <summary>False if the sector is not a checkpoint of this region and ring.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ulong seed, ulong ringBytes, out Checkpoint checkpoint)
    {
        checkpoint = default;
        if (source.Length < SizeBytes)
        {
            return false;
        }

        source = source[..SizeBytes];
        if (BinaryPrimitives.ReadUInt64LittleEndian(source) != XxHash64.Hash(source[8..], seed)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) != FormatVersion)
        {
            return false;
        }

        checkpoint = new Checkpoint
        {
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            EpochStart = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            Head = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            RingBytes = BinaryPrimitives.ReadUInt64LittleEndian(source[48..]),
            State = new RegionState
            {
                Volume = new VolumeId(RegionFormat.ReadGuid(source[56..])),
                PromisedGeneration = new Generation(BinaryPrimitives.ReadUInt64LittleEndian(source[72..])),
                PromisedSession = new SessionId(RegionFormat.ReadGuid(source[80..])),
                InSyncGeneration = new Generation(BinaryPrimitives.ReadUInt64LittleEndian(source[96..])),
                Position = new ReplicaPosition(
                    new Generation(BinaryPrimitives.ReadUInt64LittleEndian(source[104..])),
                    new JobId(BinaryPrimitives.ReadUInt64LittleEndian(source[112..]))),
                FlushGeneration = new Generation(BinaryPrimitives.ReadUInt64LittleEndian(source[120..])),
                FlushNumber = new FlushNumber(BinaryPrimitives.ReadUInt64LittleEndian(source[128..])),
                Repairing = (BinaryPrimitives.ReadUInt64LittleEndian(source[136..]) & RepairingFlag) != 0,
            },
            EstablishedCount = BinaryPrimitives.ReadUInt64LittleEndian(source[144..]),
        };
        return checkpoint.RingBytes == ringBytes;
    }
}
