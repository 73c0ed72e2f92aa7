using MessagePack;

namespace Crucible.Protocol;

/// <summary>The greeting of an upstairs: the first frame of a connection.</summary>
/// <param name="OldestVersion">Oldest protocol version it knows.</param>
/// <param name="NewestVersion">Newest protocol version it knows.</param>
/// <param name="Upstairs">Which upstairs.</param>
/// <param name="Session">Which activation of it.</param>
/// <param name="Generation">Its generation; 0 where it has not chosen one yet.</param>
/// <param name="ReadOnly">It will only read, and takes nothing over.</param>
/// <param name="Encrypted">It encrypts.</param>
/// <param name="Trace">Its jobs may carry trace contexts.</param>
public readonly record struct HereIAmHeader(
    uint OldestVersion,
    uint NewestVersion,
    UpstairsId Upstairs,
    SessionId Session,
    Generation Generation,
    bool ReadOnly,
    bool Encrypted,
    bool Trace) : IWireHeader<HereIAmHeader>
{
    public static MessageKind Kind => MessageKind.HereIAm;

    public static int FieldCount => 8;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(OldestVersion);
        writer.Write(NewestVersion);
        WireFields.WriteGuid(ref writer, Upstairs.Value);
        WireFields.WriteGuid(ref writer, Session.Value);
        writer.Write(Generation.Value);
        writer.Write(ReadOnly);
        writer.Write(Encrypted);
        writer.Write(Trace);
    }

    public static HereIAmHeader Read(ref MessagePackReader reader) => new(
        reader.ReadUInt32(),
        reader.ReadUInt32(),
        new UpstairsId(WireFields.ReadGuid(ref reader)),
        new SessionId(WireFields.ReadGuid(ref reader)),
        new Generation(reader.ReadUInt64()),
        reader.ReadBoolean(),
        reader.ReadBoolean(),
        reader.ReadBoolean());
}
