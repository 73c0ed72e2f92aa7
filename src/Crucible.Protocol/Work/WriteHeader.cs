using MessagePack;

namespace Crucible.Protocol;

/// <summary>Blocks of one extent; the payload is the blocks.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Dependencies">What must come before.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many blocks; all of one extent.</param>
/// <param name="Contexts">One context a block, packed; borrowed from whoever made or received the header.</param>
/// <param name="Trace">The sender's span, or none.</param>
public readonly record struct WriteHeader(
    Generation Generation,
    JobId Job,
    JobDependencies Dependencies,
    BlockIndex Start,
    uint BlockCount,
    ReadOnlyMemory<byte> Contexts,
    TraceContext Trace) : IWireHeader<WriteHeader>
{
    public static MessageKind Kind => MessageKind.Write;

    public static int FieldCount => 7;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        Dependencies.Write(ref writer);
        writer.Write(Start.Value);
        writer.Write(BlockCount);
        writer.Write(Contexts.Span);
        Trace.Write(ref writer);
    }

    public static WriteHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        JobDependencies.Read(ref reader),
        new BlockIndex(reader.ReadUInt64()),
        reader.ReadUInt32(),
        WireFields.ReadBin(ref reader),
        TraceContext.Read(ref reader));
}
