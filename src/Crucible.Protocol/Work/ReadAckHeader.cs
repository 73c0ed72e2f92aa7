using MessagePack;

namespace Crucible.Protocol;

/// <summary>How a read ended; the payload is the blocks in state Data, in order.</summary>
/// <param name="Job">Which job.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Contexts">One context a block, packed; borrowed from whoever made or received the header.</param>
public readonly record struct ReadAckHeader(
    JobId Job,
    ErrorCode Result,
    ReadOnlyMemory<byte> Contexts) : IWireHeader<ReadAckHeader>
{
    public static MessageKind Kind => MessageKind.ReadAck;

    public static int FieldCount => 3;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Job.Value);
        writer.Write((byte)Result);
        writer.Write(Contexts.Span);
    }

    public static ReadAckHeader Read(ref MessagePackReader reader) => new(
        new JobId(reader.ReadUInt64()),
        (ErrorCode)reader.ReadByte(),
        WireFields.ReadBin(ref reader));
}
