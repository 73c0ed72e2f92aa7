using MessagePack;

namespace Crucible.Protocol;

/// <summary>How a job without data in its answer ended.</summary>
/// <param name="Job">Which job.</param>
/// <param name="Result">How it ended.</param>
public readonly record struct JobAckHeader(JobId Job, ErrorCode Result) : IWireHeader<JobAckHeader>
{
    public static MessageKind Kind => MessageKind.JobAck;

    public static int FieldCount => 2;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Job.Value);
        writer.Write((byte)Result);
    }

    public static JobAckHeader Read(ref MessagePackReader reader) => new(
        new JobId(reader.ReadUInt64()),
        (ErrorCode)reader.ReadByte());
}
