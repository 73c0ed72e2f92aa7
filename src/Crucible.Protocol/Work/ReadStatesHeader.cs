using MessagePack;

namespace Crucible.Protocol;

/// <summary>
/// Ask in which states blocks of one extent are, without data or contexts. It needs no dependencies: like every read it sees
/// the changes that came before it on its connection. From <see cref="ProtocolVersion.Two"/> on.
/// </summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many blocks; all of one extent.</param>
/// <param name="Trace">The sender's span, or none.</param>
public readonly record struct ReadStatesHeader(
    Generation Generation,
    JobId Job,
    BlockIndex Start,
    uint BlockCount,
    TraceContext Trace) : IWireHeader<ReadStatesHeader>
{
    public static MessageKind Kind => MessageKind.ReadStates;

    public static int FieldCount => 5;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        writer.Write(Start.Value);
        writer.Write(BlockCount);
        Trace.Write(ref writer);
    }

    public static ReadStatesHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        new BlockIndex(reader.ReadUInt64()),
        reader.ReadUInt32(),
        TraceContext.Read(ref reader));
}
