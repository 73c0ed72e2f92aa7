using MessagePack;

namespace Crucible.Protocol;

/// <summary>The contexts of a block range.</summary>
/// <param name="Job">Which job.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Contexts">One context a block, packed; borrowed from whoever made or received the header.</param>
public readonly record struct ContextsAckHeader(
    JobId Job,
    ErrorCode Result,
    ReadOnlyMemory<byte> Contexts) : IWireHeader<ContextsAckHeader>
{
    public static MessageKind Kind => MessageKind.ContextsAck;

    public static int FieldCount => 3;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Job.Value);
        writer.Write((byte)Result);
        writer.Write(Contexts.Span);
    }

    public static ContextsAckHeader Read(ref MessagePackReader reader) => new(
        new JobId(reader.ReadUInt64()),
        (ErrorCode)reader.ReadByte(),
        WireFields.ReadBin(ref reader));
}
