using MessagePack;

namespace Crucible.Protocol;

/// <summary>Ask what the region durably knows of itself.</summary>
public readonly record struct QueryRegionInfoHeader() : IWireHeader<QueryRegionInfoHeader>
{
    public static MessageKind Kind => MessageKind.QueryRegionInfo;

    public static int FieldCount => 0;

    public void Write(ref MessagePackWriter writer)
    {
    }

    public static QueryRegionInfoHeader Read(ref MessagePackReader reader) => new();
}
