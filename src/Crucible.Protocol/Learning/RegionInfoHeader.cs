using MessagePack;

namespace Crucible.Protocol;

/// <summary>What the region durably knows of itself (DESIGN section 5, "Activation").</summary>
/// <param name="Volume">The volume it belongs to, or none.</param>
/// <param name="Promised">The highest generation promised.</param>
/// <param name="InSync">The generation it was last in sync in.</param>
/// <param name="Repairing">A repair of it began and has not ended.</param>
/// <param name="PositionGeneration">Generation of the last job it holds.</param>
/// <param name="PositionJob">The last job of that generation that it holds.</param>
/// <param name="FlushGeneration">Generation of the last flush done.</param>
/// <param name="Flush">The last flush done.</param>
/// <param name="Blank">It has never held a job: an empty region.</param>
public readonly record struct RegionInfoHeader(
    VolumeId Volume,
    Generation Promised,
    Generation InSync,
    bool Repairing,
    Generation PositionGeneration,
    JobId PositionJob,
    Generation FlushGeneration,
    FlushNumber Flush,
    bool Blank) : IWireHeader<RegionInfoHeader>
{
    public static MessageKind Kind => MessageKind.RegionInfo;

    public static int FieldCount => 9;

    public void Write(ref MessagePackWriter writer)
    {
        WireFields.WriteGuid(ref writer, Volume.Value);
        writer.Write(Promised.Value);
        writer.Write(InSync.Value);
        writer.Write(Repairing);
        writer.Write(PositionGeneration.Value);
        writer.Write(PositionJob.Value);
        writer.Write(FlushGeneration.Value);
        writer.Write(Flush.Value);
        writer.Write(Blank);
    }

    public static RegionInfoHeader Read(ref MessagePackReader reader) => new(
        new VolumeId(WireFields.ReadGuid(ref reader)),
        new Generation(reader.ReadUInt64()),
        new Generation(reader.ReadUInt64()),
        reader.ReadBoolean(),
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        new Generation(reader.ReadUInt64()),
        new FlushNumber(reader.ReadUInt64()),
        reader.ReadBoolean());
}
