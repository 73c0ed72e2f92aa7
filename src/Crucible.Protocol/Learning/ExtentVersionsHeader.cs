using MessagePack;

namespace Crucible.Protocol;

/// <summary>The versions of a range of extents.</summary>
/// <param name="First">First extent.</param>
/// <param name="ExtentCount">How many.</param>
/// <param name="Versions">ExtentVersion.SizeBytes for each; borrowed.</param>
public readonly record struct ExtentVersionsHeader(
    ExtentId First,
    uint ExtentCount,
    ReadOnlyMemory<byte> Versions) : IWireHeader<ExtentVersionsHeader>
{
    public static MessageKind Kind => MessageKind.ExtentVersions;

    public static int FieldCount => 3;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(First.Value);
        writer.Write(ExtentCount);
        writer.Write(Versions.Span);
    }

    public static ExtentVersionsHeader Read(ref MessagePackReader reader) => new(
        new ExtentId(reader.ReadUInt32()),
        reader.ReadUInt32(),
        WireFields.ReadBin(ref reader));
}
