using MessagePack;

namespace Crucible.Protocol;

/// <summary>Repair has made an extent like the source's: take over the source's version of it.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Extent">Which extent.</param>
/// <param name="VersionGeneration">Generation of the source's version.</param>
/// <param name="VersionFlush">Flush number of the source's version.</param>
/// <param name="Dirty">Whether the source's extent was written since.</param>
public readonly record struct SetExtentVersionHeader(
    Generation Generation,
    JobId Job,
    ExtentId Extent,
    Generation VersionGeneration,
    FlushNumber VersionFlush,
    bool Dirty) : IWireHeader<SetExtentVersionHeader>
{
    public static MessageKind Kind => MessageKind.SetExtentVersion;

    public static int FieldCount => 6;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        writer.Write(Extent.Value);
        writer.Write(VersionGeneration.Value);
        writer.Write(VersionFlush.Value);
        writer.Write(Dirty);
    }

    public static SetExtentVersionHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        new ExtentId(reader.ReadUInt32()),
        new Generation(reader.ReadUInt64()),
        new FlushNumber(reader.ReadUInt64()),
        reader.ReadBoolean());
}
