using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Which replica the others are made like, and which of them already are (DESIGN section 5, "Activation").</summary>
internal static class SourceChoice
{
    /// <summary>
    /// The source among the replicas that were learnt; null where none may be one. Only replicas of the highest in-sync
    /// generation that are not under repair, and among those the longest prefix. One that is under repair is a witness: a
    /// source that is behind the position of a witness of its in-sync generation would lose a flush that the witness helped
    /// to acknowledge; with all three there the other one that helped is there too, and one witness may be ahead. One that was
    /// never in sync remembers nothing (it was wiped, or is new): once any was, two that remember are needed, or all three, for
    /// one of two that remember was in sync when the last write was acknowledged.
    /// </summary>
    /// <param name="replicas">All three.</param>
    /// <param name="own">
    /// The first generation that this session took: one that was in sync in it, or in a later one, was chosen rightly by an
    /// earlier attempt of this session, and nothing was written since, unless one that is there has forgotten what it promised us: then
    /// another session may have been served by it.
    /// </param>
    /// <param name="problem">Why there is none.</param>
    public static Replica? Choose(ReadOnlySpan<Replica> replicas, Generation own, out string problem)
    {
        var highest = Generation.None;
        var learnt = 0;
        var remembering = 0;
        var hasForgotten = false;
        foreach (var replica in replicas)
        {
            if (replica is { State: ReplicaState.Learnt, Info: { } info })
            {
                highest = info.InSync > highest || Planted.Is(PlantedBug.StaleSource) ? info.InSync : highest;
                learnt++;
                hasForgotten |= replica.HasForgotten;
                remembering += info.InSync > Generation.None || Planted.Is(PlantedBug.WipedRemembers) ? 1 : 0;
            }
        }

        if (remembering == 1 && learnt < ReplicaId.Count && (own == Generation.None || highest < own || hasForgotten))
        {
            problem = "only one of the replicas that are there was ever in sync, and it may have missed the last writes: the third one is needed";
            return null;
        }

        Replica? source = null;
        foreach (var replica in replicas)
        {
            if (replica is { State: ReplicaState.Learnt, Info: { } info } && info.InSync == highest
                && (!info.Repairing || Planted.Is(PlantedBug.RepairingSource))
                && (source is null || (IsLonger(info, source.Info!.Value) && !Planted.Is(PlantedBug.ShorterSource))))
            {
                source = replica;
            }
        }

        if (source is null)
        {
            problem = $"no replica that was in sync in generation {highest} is whole";
            return null;
        }

        problem = "";
        if (CountLonger(replicas, source.Info!.Value) > MostLonger(learnt) && !Planted.Is(PlantedBug.ForgetWitness))
        {
            problem = $"one that is under repair knows of more than job {source.Info!.Value.PositionJob} of generation "
                + $"{source.Info!.Value.PositionGeneration}, the last of replica {source.Id}, and may have helped to acknowledge it";
            return null;
        }

        return source;
    }

    /// <summary>
    /// Whether another replica may be the source in place of the one that was chosen, should that be damaged. Where all three
    /// are there, what was acknowledged is held by two of those of the highest in-sync generation, so that the second longest
    /// prefix of theirs will do; where two are there only an equal one.
    /// </summary>
    public static bool MayReplace(ReadOnlySpan<Replica> replicas, Replica source, Replica other)
    {
        var chosen = source.Info!.Value;
        if (other == source || other is not { State: ReplicaState.Learnt, Info: { Repairing: false } info } || info.InSync != chosen.InSync)
        {
            return false;
        }

        var learnt = 0;
        foreach (var replica in replicas)
        {
            learnt += replica.State == ReplicaState.Learnt ? 1 : 0;
        }

        return CountLonger(replicas, info) <= MostLonger(learnt);
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

    /// <summary>
    /// Whether the versions of two replicas promise the same data. Extents in which blocks are damaged are no difference to whoever
    /// only reads: those blocks are errors, and read elsewhere.
    /// </summary>
    public static bool PromiseSame(ReadOnlySpan<ExtentVersion> left, ReadOnlySpan<ExtentVersion> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if ((left[i] with { Faulted = false }) != (right[i] with { Faulted = false }))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether an extent of the two must be compared block by block.</summary>
    public static bool MayDiffer(Replica source, Replica replica, ExtentId extent)
    {
        var left = source.Versions[extent.Value];
        var right = replica.Versions[extent.Value];
        return replica.Info!.Value.Repairing || left != right || left.Dirty || right.Dirty || right.Faulted;
    }

    // Of three that are there, what was acknowledged is held by two: so one may be longer than the source. Of two, none.
    private static int MostLonger(int learnt) => learnt == ReplicaId.Count ? 1 : 0;

    private static int CountLonger(ReadOnlySpan<Replica> replicas, in RegionInfoHeader source)
    {
        var longer = 0;
        foreach (var replica in replicas)
        {
            longer += replica is { State: ReplicaState.Learnt, Info: { } info } && info.InSync == source.InSync && IsLonger(info, source) ? 1 : 0;
        }

        return longer;
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
