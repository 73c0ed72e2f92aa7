using MessagePack;

namespace Crucible.Protocol;

/// <summary>Ask for the versions of a range of extents.</summary>
/// <param name="First">First extent.</param>
/// <param name="ExtentCount">How many, at most WireLimits.MaxExtentVersionsPerMessage.</param>
public readonly record struct QueryExtentVersionsHeader(
    ExtentId First,
    uint ExtentCount) : IWireHeader<QueryExtentVersionsHeader>
{
    public static MessageKind Kind => MessageKind.QueryExtentVersions;

    public static int FieldCount => 2;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(First.Value);
        writer.Write(ExtentCount);
    }

    public static QueryExtentVersionsHeader Read(ref MessagePackReader reader) => new(
        new ExtentId(reader.ReadUInt32()),
        reader.ReadUInt32());
}
