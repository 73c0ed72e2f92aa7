using MessagePack;

namespace Crucible.Protocol;

/// <summary>Note durably that this region is under repair.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
public readonly record struct BeginRepairHeader(Generation Generation, JobId Job) : IWireHeader<BeginRepairHeader>
{
    public static MessageKind Kind => MessageKind.BeginRepair;

    public static int FieldCount => 2;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
    }

    public static BeginRepairHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()));
}
