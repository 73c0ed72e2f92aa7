using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Which volume it is and what its regions look like, as the first of them told; the others must fit (DESIGN section 5, "Identity").</summary>
internal sealed class VolumeIdentity(ReplicaSet replicas, bool encrypted)
{
    /// <summary>The geometry; null before the first region told it.</summary>
    public RegionDefinition? Definition { get; private set; }

    /// <summary>The volume; none while only regions that belong to none were met.</summary>
    public VolumeId Volume { get; private set; } = VolumeId.None;

    /// <summary>Gives a volume its id where its regions know of none.</summary>
    public void ChooseVolume(VolumeId fresh)
    {
        if (Volume == VolumeId.None)
        {
            Volume = fresh;
        }
    }

    /// <summary>Takes a greeting's answer; a reason where the region can't belong to this volume.</summary>
    public string? Accept(Replica replica, in YesItsMeHeader region)
    {
        if (region.Version is < (uint)ProtocolVersions.Oldest or > (uint)ProtocolVersions.Newest)
        {
            return $"target {replica.Id} chose protocol version {region.Version}, which was not offered";
        }

        if (region.Encrypted != encrypted)
        {
            return $"target {replica.Id} is {(region.Encrypted ? "encrypted and no key was given" : "not encrypted and a key was given")}";
        }

        foreach (var other in replicas.All)
        {
            if (other != replica && other.Region is { } known && known.Region == region.Region
                && other.State is not (ReplicaState.Disconnected or ReplicaState.Connecting))
            {
                return $"targets {Math.Min(other.Id.Value, replica.Id.Value)} and {Math.Max(other.Id.Value, replica.Id.Value)} are the same region {region.Region}";
            }
        }

        RegionDefinition definition;
        try
        {
            definition = new RegionDefinition(region.BlockSizeBytes, region.ExtentSizeBlocks, region.ExtentCount, region.Encrypted);
        }
        catch (InvalidGeometryException e)
        {
            return $"target {replica.Id} tells an impossible geometry: {e.Message}";
        }

        if (Definition is not null && Definition != definition)
        {
            return $"targets disagree in geometry: target {replica.Id} has {definition}, others have {Definition}";
        }

        if (Volume != VolumeId.None && region.Volume != VolumeId.None && region.Volume != Volume)
        {
            return $"target {replica.Id} belongs to another volume, {region.Volume} instead of {Volume}";
        }

        Definition ??= definition;
        if (region.Volume != VolumeId.None)
        {
            Volume = region.Volume;
        }

        replica.Region = region;
        return null;
    }
}
