using MessagePack;

namespace Crucible.Protocol;

/// <summary>Another session took over; the connection closes.</summary>
/// <param name="Promised">The generation that took over.</param>
public readonly record struct YouAreNoLongerActiveHeader(Generation Promised) : IWireHeader<YouAreNoLongerActiveHeader>
{
    public static MessageKind Kind => MessageKind.YouAreNoLongerActive;

    public static int FieldCount => 1;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Promised.Value);
    }

    public static YouAreNoLongerActiveHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()));
}
