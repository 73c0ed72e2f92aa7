using MessagePack;

namespace Crucible.Protocol;

/// <summary>Read blocks of one extent.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Dependencies">What must come before.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many blocks; all of one extent.</param>
/// <param name="Trace">The sender's span, or none.</param>
public readonly record struct ReadHeader(
    Generation Generation,
    JobId Job,
    JobDependencies Dependencies,
    BlockIndex Start,
    uint BlockCount,
    TraceContext Trace) : IWireHeader<ReadHeader>
{
    public static MessageKind Kind => MessageKind.Read;

    public static int FieldCount => 6;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        Dependencies.Write(ref writer);
        writer.Write(Start.Value);
        writer.Write(BlockCount);
        Trace.Write(ref writer);
    }

    public static ReadHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        JobDependencies.Read(ref reader),
        new BlockIndex(reader.ReadUInt64()),
        reader.ReadUInt32(),
        TraceContext.Read(ref reader));
}
