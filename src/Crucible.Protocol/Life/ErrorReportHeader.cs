using MessagePack;

namespace Crucible.Protocol;

/// <summary>Something is wrong with the region, in words.</summary>
/// <param name="Code">What kind.</param>
/// <param name="Text">For people.</param>
public readonly record struct ErrorReportHeader(ErrorCode Code, string Text) : IWireHeader<ErrorReportHeader>
{
    public static MessageKind Kind => MessageKind.ErrorReport;

    public static int FieldCount => 2;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write((byte)Code);
        WireFields.WriteText(ref writer, Text);
    }

    public static ErrorReportHeader Read(ref MessagePackReader reader) => new(
        (ErrorCode)reader.ReadByte(),
        WireFields.ReadText(ref reader));
}
