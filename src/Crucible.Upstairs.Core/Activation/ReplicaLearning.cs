using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Asks a promoted replica what it holds: what it durably knows of itself, and the versions of all its extents, a message of
/// them at a time. It is learnt once both are complete.
/// </summary>
internal sealed class ReplicaLearning(ReplicaSet replicas, IUpstairsOutput output, VolumeIdentity identity)
{
    /// <summary>A replica was promoted: ask what it holds.</summary>
    public void Ask(Replica replica, Instant now)
    {
        replicas.Change(replica, ReplicaState.Learning, now, "asked what it holds");
        replica.Info = null;
        replica.Versions = [];
        replica.VersionsLearnt = 0;
        output.Send(replica.Id, default(QueryRegionInfoHeader));
        QueryVersions(replica);
    }

    public void OnRegionInfo(Replica replica, in RegionInfoHeader info, Instant now)
    {
        replica.Info = info;
        FinishLearning(replica, now);
    }

    /// <summary>False: not what was asked for.</summary>
    public bool OnVersions(Replica replica, in ExtentVersionsHeader header, Instant now)
    {
        if (replica.State != ReplicaState.Learning || header.First.Value != replica.VersionsLearnt
            || header.ExtentCount == 0 || header.ExtentCount > identity.Definition!.ExtentCount - header.First.Value
            || header.Versions.Length != header.ExtentCount * ExtentVersion.SizeBytes)
        {
            return false;
        }

        MakeRoom(replica, header.First.Value + header.ExtentCount);
        for (var i = 0; i < header.ExtentCount; i++)
        {
            replica.Versions[header.First.Value + i] = ExtentVersion.Read(header.Versions.Span[(i * ExtentVersion.SizeBytes)..]);
        }

        replica.VersionsLearnt += header.ExtentCount;
        if (replica.VersionsLearnt < identity.Definition.ExtentCount)
        {
            QueryVersions(replica);
        }

        FinishLearning(replica, now);
        return true;
    }

    private void QueryVersions(Replica replica)
    {
        var first = replica.VersionsLearnt;
        var count = Math.Min(identity.Definition!.ExtentCount - first, WireLimits.MaxExtentVersionsPerMessage);
        output.Send(replica.Id, new QueryExtentVersionsHeader(new ExtentId(first), count));
    }

    // Grows with what arrives (I8): a peer's word about its extent count takes no memory by itself.
    private void MakeRoom(Replica replica, uint extents)
    {
        if (replica.Versions.Length < extents)
        {
            var versions = replica.Versions;
            Array.Resize(ref versions, (int)Math.Min(Math.Max(extents, 2L * versions.Length), identity.Definition!.ExtentCount));
            replica.Versions = versions;
        }
    }

    private void FinishLearning(Replica replica, Instant now)
    {
        if (replica.State == ReplicaState.Learning && replica.Info is not null && replica.VersionsLearnt == identity.Definition!.ExtentCount)
        {
            replicas.Change(replica, ReplicaState.Learnt, now, "known");
        }
    }
}
