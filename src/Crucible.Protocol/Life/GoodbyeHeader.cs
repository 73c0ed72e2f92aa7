using MessagePack;

namespace Crucible.Protocol;

/// <summary>This connection ends on purpose.</summary>
/// <param name="Text">Why, for people.</param>
public readonly record struct GoodbyeHeader(string Text) : IWireHeader<GoodbyeHeader>
{
    public static MessageKind Kind => MessageKind.Goodbye;

    public static int FieldCount => 1;

    public void Write(ref MessagePackWriter writer)
    {
        WireFields.WriteText(ref writer, Text);
    }

    public static GoodbyeHeader Read(ref MessagePackReader reader) => new(
        WireFields.ReadText(ref reader));
}
