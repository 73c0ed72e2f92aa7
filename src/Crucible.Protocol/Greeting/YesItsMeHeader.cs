using MessagePack;

namespace Crucible.Protocol;

/// <summary>The greeting is accepted: what this region is.</summary>
/// <param name="Version">The protocol version for the rest of the connection.</param>
/// <param name="Region">Which region.</param>
/// <param name="BlockSizeBytes">Bytes of a block.</param>
/// <param name="ExtentSizeBlocks">Blocks of an extent.</param>
/// <param name="ExtentCount">Extents of the region.</param>
/// <param name="Encrypted">Its contexts carry nonces and tags.</param>
/// <param name="ReadOnly">It is served read only.</param>
/// <param name="Volume">The volume it belongs to, or none.</param>
/// <param name="Promised">The highest generation it has promised.</param>
public readonly record struct YesItsMeHeader(
    uint Version,
    RegionId Region,
    uint BlockSizeBytes,
    uint ExtentSizeBlocks,
    uint ExtentCount,
    bool Encrypted,
    bool ReadOnly,
    VolumeId Volume,
    Generation Promised) : IWireHeader<YesItsMeHeader>
{
    public static MessageKind Kind => MessageKind.YesItsMe;

    public static int FieldCount => 9;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Version);
        WireFields.WriteGuid(ref writer, Region.Value);
        writer.Write(BlockSizeBytes);
        writer.Write(ExtentSizeBlocks);
        writer.Write(ExtentCount);
        writer.Write(Encrypted);
        writer.Write(ReadOnly);
        WireFields.WriteGuid(ref writer, Volume.Value);
        writer.Write(Promised.Value);
    }

    public static YesItsMeHeader Read(ref MessagePackReader reader) => new(
        reader.ReadUInt32(),
        new RegionId(WireFields.ReadGuid(ref reader)),
        reader.ReadUInt32(),
        reader.ReadUInt32(),
        reader.ReadUInt32(),
        reader.ReadBoolean(),
        reader.ReadBoolean(),
        new VolumeId(WireFields.ReadGuid(ref reader)),
        new Generation(reader.ReadUInt64()));
}
