namespace Crucible.Storage;

/// <summary>What never changes about an open region.</summary>
internal sealed class RegionIdentity(RegionId id, RegionDefinition definition, int formatVersion = RegionFormat.Version)
{
    public RegionId Id { get; } = id;

    public RegionDefinition Definition { get; } = definition;

    /// <summary>Seed of every checksum in the region's files.</summary>
    public ulong Seed { get; } = RegionFormat.Seed(id);

    public int FormatVersion { get; } = formatVersion;

    public ExtentLayout Layout { get; } = new(definition, hasTwoHomes: formatVersion >= 2);
}
