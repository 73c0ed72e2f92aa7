using MessagePack;

namespace Crucible.Protocol;

/// <summary>Note durably that this region is in sync in this generation.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
public readonly record struct MarkInSyncHeader(Generation Generation, JobId Job) : IWireHeader<MarkInSyncHeader>
{
    public static MessageKind Kind => MessageKind.MarkInSync;

    public static int FieldCount => 2;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
    }

    public static MarkInSyncHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()));
}
