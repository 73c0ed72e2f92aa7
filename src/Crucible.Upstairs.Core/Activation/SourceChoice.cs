using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Which replica the others are made like, and which of them already are (DESIGN section 5, "Activation").</summary>
internal static class SourceChoice
{
    /// <summary>
    /// The source among the replicas that were learnt; null where none may be one. Only replicas of the highest in-sync
    /// generation that are not under repair, and among those the longest prefix. One that is under repair is a witness: a
    /// source that is behind the position of a witness of its in-sync generation would lose a flush that the witness helped
    /// to acknowledge.
    /// </summary>
    public static Replica? Choose(ReadOnlySpan<Replica> replicas, out string problem)
    {
        var highest = Generation.None;
        foreach (var replica in replicas)
        {
            if (replica is { State: ReplicaState.Learnt, Info: { } info } && info.InSync > highest)
            {
                highest = info.InSync;
            }
        }

        Replica? source = null;
        foreach (var replica in replicas)
        {
            if (replica is { State: ReplicaState.Learnt, Info: { Repairing: false } info } && info.InSync == highest
                && (source is null || IsLonger(info, source.Info!.Value)))
            {
                source = replica;
            }
        }

        problem = source is null ? $"no replica that was in sync in generation {highest} is whole" : "";
        foreach (var witness in replicas)
        {
            if (source is not null && witness is { State: ReplicaState.Learnt, Info: { Repairing: true } info }
                && info.InSync == highest && IsLonger(info, source.Info!.Value))
            {
                problem = $"replica {witness.Id} is under repair and knows of job {info.PositionJob} of generation "
                    + $"{info.PositionGeneration}, which replica {source.Id} lacks";
                source = null;
            }
        }

        return source;
    }

    /// <summary>Whether a replica holds just what the source holds: the same prefix of the same generation, and the same extents.</summary>
    public static bool IsAlike(Replica source, Replica replica)
    {
        var left = source.Info!.Value;
        var right = replica.Info!.Value;
        return !right.Repairing
            && left.InSync == right.InSync
            && left.PositionGeneration == right.PositionGeneration
            && left.PositionJob == right.PositionJob
            && source.Versions.AsSpan().SequenceEqual(replica.Versions)
            && !HasFaults(replica);
    }

    /// <summary>Whether an extent of the two must be compared block by block.</summary>
    public static bool MayDiffer(Replica source, Replica replica, ExtentId extent)
    {
        var left = source.Versions[extent.Value];
        var right = replica.Versions[extent.Value];
        return replica.Info!.Value.Repairing || left != right || left.Dirty || right.Dirty || right.Faulted;
    }

    private static bool HasFaults(Replica replica)
    {
        foreach (var version in replica.Versions)
        {
            if (version.Faulted)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLonger(in RegionInfoHeader left, in RegionInfoHeader right) =>
        left.PositionGeneration > right.PositionGeneration
        || (left.PositionGeneration == right.PositionGeneration && left.PositionJob > right.PositionJob);
}
