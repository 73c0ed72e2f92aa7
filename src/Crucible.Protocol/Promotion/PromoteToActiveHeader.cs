using MessagePack;

namespace Crucible.Protocol;

/// <summary>Make this session the active one: its generation is made durable first.</summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Session">The session that takes over.</param>
/// <param name="Volume">The volume; written into a region that belongs to none.</param>
public readonly record struct PromoteToActiveHeader(
    Generation Generation,
    SessionId Session,
    VolumeId Volume) : IWireHeader<PromoteToActiveHeader>
{
    public static MessageKind Kind => MessageKind.PromoteToActive;

    public static int FieldCount => 3;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        WireFields.WriteGuid(ref writer, Session.Value);
        WireFields.WriteGuid(ref writer, Volume.Value);
    }

    public static PromoteToActiveHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new SessionId(WireFields.ReadGuid(ref reader)),
        new VolumeId(WireFields.ReadGuid(ref reader)));
}
