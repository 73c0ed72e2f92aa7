namespace Crucible.Storage;

/// <summary>What never changes about an open region.</summary>
internal sealed class RegionIdentity(RegionId id, RegionDefinition definition)
{
    public RegionId Id { get; } = id;

    public RegionDefinition Definition { get; } = definition;

    /// <summary>Seed of every checksum in the region's files.</summary>
    public ulong Seed { get; } = RegionFormat.Seed(id);

    public ExtentLayout Layout { get; } = new(definition);
}
