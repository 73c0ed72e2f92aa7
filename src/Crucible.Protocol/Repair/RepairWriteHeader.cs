using MessagePack;

namespace Crucible.Protocol;

/// <summary>Blocks copied from the source, with their contexts; the payload is the blocks in state Data, in order.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many blocks; all of one extent.</param>
/// <param name="Contexts">One context a block, packed; borrowed from whoever made or received the header.</param>
public readonly record struct RepairWriteHeader(
    Generation Generation,
    JobId Job,
    BlockIndex Start,
    uint BlockCount,
    ReadOnlyMemory<byte> Contexts) : IWireHeader<RepairWriteHeader>
{
    public static MessageKind Kind => MessageKind.RepairWrite;

    public static int FieldCount => 5;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        writer.Write(Start.Value);
        writer.Write(BlockCount);
        writer.Write(Contexts.Span);
    }

    public static RepairWriteHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        new BlockIndex(reader.ReadUInt64()),
        reader.ReadUInt32(),
        WireFields.ReadBin(ref reader));
}
