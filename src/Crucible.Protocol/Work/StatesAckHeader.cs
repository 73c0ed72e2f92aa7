using MessagePack;

namespace Crucible.Protocol;

/// <summary>In which states the blocks are that were asked for, from the first on: not all of them, where the runs are many.</summary>
/// <param name="Job">Which job.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Runs">Packed as <see cref="BlockStateRuns"/> says; borrowed from whoever made or received the header.</param>
public readonly record struct StatesAckHeader(
    JobId Job,
    ErrorCode Result,
    ReadOnlyMemory<byte> Runs) : IWireHeader<StatesAckHeader>
{
    public static MessageKind Kind => MessageKind.StatesAck;

    public static int FieldCount => 3;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Job.Value);
        writer.Write((byte)Result);
        writer.Write(Runs.Span);
    }

    public static StatesAckHeader Read(ref MessagePackReader reader) => new(
        new JobId(reader.ReadUInt64()),
        (ErrorCode)reader.ReadByte(),
        WireFields.ReadBin(ref reader));
}
