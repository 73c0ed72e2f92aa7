using MessagePack;

namespace Crucible.Protocol;

/// <summary>Make every earlier job durable.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Dependencies">What must come before.</param>
/// <param name="Flush">Which flush of the volume.</param>
/// <param name="Trace">The sender's span, or none.</param>
public readonly record struct FlushHeader(
    Generation Generation,
    JobId Job,
    JobDependencies Dependencies,
    FlushNumber Flush,
    TraceContext Trace) : IWireHeader<FlushHeader>
{
    public static MessageKind Kind => MessageKind.Flush;

    public static int FieldCount => 5;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        Dependencies.Write(ref writer);
        writer.Write(Flush.Value);
        Trace.Write(ref writer);
    }

    public static FlushHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        JobDependencies.Read(ref reader),
        new FlushNumber(reader.ReadUInt64()),
        TraceContext.Read(ref reader));
}
