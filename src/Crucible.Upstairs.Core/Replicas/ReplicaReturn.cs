namespace Crucible.Upstairs;

/// <summary>
/// What becomes of a replica that is back while the volume is active: it is sent what it misses where that is still there, else it
/// is repaired (DESIGN section 5, "away").
/// </summary>
internal sealed class ReplicaReturn(
    UpstairsSettings settings,
    ReplicaSet replicas,
    IUpstairsOutput output,
    Activator activation,
    GuestWork work,
    RepairWork repairs,
    ReplicaKeeper keeper)
{
    // The position of a replica that holds what the session began with.
    private static readonly JobId NoJob = new(JobId.First.Value - 1);

    /// <summary>Decides about one of which all is known.</summary>
    public void Decide(Replica replica, Instant now)
    {
        var info = replica.Info!.Value;
        replica.HasForgotten |= info.InSync == Generation.None;
        if (settings.ReadOnly)
        {
            RejoinReadOnly(replica, now);
        }
        else if (MayBeReplayed(replica) && info.InSync == activation.Generation && !info.Repairing
            && info.PositionGeneration == activation.Generation)
        {
            // One that recorded that it is in sync and has done nothing since tells job 0.
            var position = Planted.Is(PlantedBug.TrustRejoining) ? work.LastMutating : info.PositionJob;
            Rejoin(replica, position < NoJob ? NoJob : position, now);
        }
        else if (!replica.HasForgotten && MayBeReplayed(replica) && work.CanReplayFrom(NoJob) && activation.HeldTheStartState(replica))
        {
            activation.Mark(replica, now);
        }
        else
        {
            Repair(replica, now);
        }
    }

    /// <summary>One that held the start state has recorded that it is in sync.</summary>
    public void OnMarked(Replica replica, Instant now) => Rejoin(replica, NoJob, now);

    /// <summary>One that was repaired has recorded that it is in sync.</summary>
    public void OnRepaired(Replica replica, Instant now)
    {
        var bytes = replica.RepairedBlocks * activation.Definition!.BlockSizeBytes;
        replicas.Change(replica, ReplicaState.Active, now, $"was repaired: {bytes} bytes were copied");
        Serve(replica, now);
        work.OnRepaired(replica, repairs.Live.MarkedThrough, now);
    }

    // One that lost its place is compared and repaired, not merely replayed; but without a quorum there may be nobody left to
    // repair it from, while the jobs that it lacks are still there.
    private bool MayBeReplayed(Replica replica) =>
        replica.KeepsPlace || replicas.Count(ReplicaState.Active) < Retirement.Quorum;

    private void Repair(Replica replica, Instant now)
    {
        replica.KeepsPlace = false;
        work.OnReplicaGone(replica, now);
        if (!replica.HasForgotten && repairs.Live.Target is { HasForgotten: true } target)
        {
            // That one waits for this one in the end, and this one would wait for it.
            output.Disconnect(target.Id, "another one is repaired first");
            keeper.Lose(target, $"made anew, and replica {replica.Id}, which may know of a later upstairs, is repaired first", now);
        }

        repairs.Enqueue(replica, now);
        repairs.Advance(now);
    }

    private void Rejoin(Replica replica, JobId position, Instant now)
    {
        if (!work.CanReplayFrom(position))
        {
            // One that was just recording that it is in sync, as of the start, is learnt anew first.
            if (replica.State == ReplicaState.Marking)
            {
                output.Disconnect(replica.Id, "later jobs are gone");
                keeper.Lose(replica, "jobs that it misses were dropped while it was taken in", now);
                return;
            }

            Repair(replica, now);
            return;
        }

        replicas.Change(replica, ReplicaState.Active, now, $"holds jobs up to {position}; the rest is sent again");
        Serve(replica, now);
        work.Replay(replica, position, now);
    }

    // Nothing is written, so there is nothing to replay: it serves again if it holds what it held.
    private void RejoinReadOnly(Replica replica, Instant now)
    {
        if (!activation.MayBeReadFrom(replica))
        {
            keeper.Fault(replica, "holds another state than this session began with", now);
            return;
        }

        replica.KeepsPlace = true;
        Rejoin(replica, NoJob, now);
    }

    private static void Serve(Replica replica, Instant now)
    {
        replica.KeepsPlace = true;
        replica.HasForgotten = false;
        replica.AwaySince = Instant.Never;
        replica.LastHeard = now;
    }
}
