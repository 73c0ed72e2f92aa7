using MessagePack;

namespace Crucible.Protocol;

/// <summary>Ask for the contexts of a block range, without data.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many blocks; all of one extent.</param>
public readonly record struct ReadContextsHeader(
    Generation Generation,
    JobId Job,
    BlockIndex Start,
    uint BlockCount) : IWireHeader<ReadContextsHeader>
{
    public static MessageKind Kind => MessageKind.ReadContexts;

    public static int FieldCount => 4;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        writer.Write(Start.Value);
        writer.Write(BlockCount);
    }

    public static ReadContextsHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        new BlockIndex(reader.ReadUInt64()),
        reader.ReadUInt32());
}
