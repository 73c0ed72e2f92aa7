using MessagePack;

namespace Crucible.Protocol;

/// <summary>A greeting or a promotion is refused; the connection closes.</summary>
/// <param name="Code">Why.</param>
/// <param name="Promised">The highest generation the region has promised, so that the next try can go past it.</param>
/// <param name="Text">The same in words, for people.</param>
public readonly record struct RefusedHeader(RefusalCode Code, Generation Promised, string Text) : IWireHeader<RefusedHeader>
{
    public static MessageKind Kind => MessageKind.Refused;

    public static int FieldCount => 3;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write((byte)Code);
        writer.Write(Promised.Value);
        WireFields.WriteText(ref writer, Text);
    }

    public static RefusedHeader Read(ref MessagePackReader reader) => new(
        (RefusalCode)reader.ReadByte(),
        new Generation(reader.ReadUInt64()),
        WireFields.ReadText(ref reader));
}
