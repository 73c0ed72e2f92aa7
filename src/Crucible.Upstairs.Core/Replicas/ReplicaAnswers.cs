using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Takes what replicas answer, to the guest's jobs and to those of repair, to whoever waits for it. An answer to what was not
/// asked breaks the protocol; a failure costs the replica its place.
/// </summary>
internal sealed class ReplicaAnswers(
    ReplicaSet replicas,
    RepairScope scope,
    Activator activation,
    GuestWork work,
    RepairWork repairs,
    ReplicaKeeper keeper,
    ReplicaReturn returns,
    VolumeLifecycle lifecycle)
{
    /// <summary>A replica answered a job without data.</summary>
    public void OnJobAck(ReplicaId id, in JobAckHeader ack, Instant now)
    {
        var replica = replicas[id];
        if (ack.Job.IsControl)
        {
            OnControlAck(replica, ack, now);
            return;
        }

        if (replica.State is not (ReplicaState.Active or ReplicaState.Repairing) || !work.OnAck(replica, ack.Job, ack.Result, now))
        {
            keeper.Violation(replica, $"acknowledged job {ack.Job}, which it was not asked for", now);
            return;
        }

        if (ack.Result == ErrorCode.NotActive)
        {
            replica.IsSuperseded = true;
            keeper.Refuse(replica, "another upstairs took over", now);
            lifecycle.GiveUpIfSuperseded("another upstairs took over");
        }
        else if (ack.Result != ErrorCode.None)
        {
            keeper.Fault(replica, $"could not do job {ack.Job}: {ack.Result}", now);
        }

        repairs.Live.OnGuestAnswer(now);
    }

    /// <summary>The contexts of a range arrived.</summary>
    public void OnContexts(ReplicaId id, in ContextsAckHeader ack, Instant now)
    {
        if (!(activation.OnContexts(id, ack) ?? repairs.OnContexts(id, ack)))
        {
            keeper.Violation(replicas[id], "told contexts that were not asked for", now);
            return;
        }

        lifecycle.Advance(now);
    }

    /// <summary>The range of a read for repair that waits for this answer; null: nobody waits for it.</summary>
    public (BlockIndex Start, uint BlockCount)? RepairRead(ReplicaId id, JobId job) => FindReader(id, job)?.Run;

    /// <summary>Blocks for repair arrived and were checked; <paramref name="blocks"/> is given away.</summary>
    public void OnRepairBlocks(ReplicaId id, JobId job, ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks, Instant now)
    {
        if (FindReader(id, job) is not { } chunk)
        {
            blocks?.Dispose();
            if (!scope.WasAsked(job))
            {
                keeper.Violation(replicas[id], "sent blocks that were not asked for", now);
            }

            return;
        }

        chunk.OnBlocks(result, contexts, blocks);
        lifecycle.Advance(now);
    }

    /// <summary>
    /// A read's answer arrived: the job to check it against, or null where nobody waits for it. After checking, and handing
    /// the data to the guest, <see cref="EndDelivery"/> must follow; until then the job stays with this replica.
    /// </summary>
    public Job? BeginDelivery(ReplicaId id, JobId job, Instant now)
    {
        var replica = replicas[id];
        var found = work.BeginDelivery(replica, job, RequestKind.Read, out var known);
        if (!known)
        {
            keeper.Violation(replica, $"answered read {job}, which it was not asked for", now);
        }

        return found;
    }

    /// <summary>The data of a read was checked and handed over, or was bad and goes to another replica.</summary>
    public void EndDelivery(ReplicaId id, Job job, ErrorCode result, Instant now)
    {
        work.EndDelivery(replicas[id], job, result, now);
        repairs.Live.OnGuestAnswer(now);
    }

    /// <summary>The states of blocks arrived; the request that waits for them gets them, if there is one.</summary>
    public void OnStates(ReplicaId id, in StatesAckHeader ack, Instant now)
    {
        var replica = replicas[id];
        var job = work.BeginDelivery(replica, ack.Job, RequestKind.ReadStates, out var known);
        if (job is null)
        {
            if (!known)
            {
                keeper.Violation(replica, $"told states for job {ack.Job}, which it was not asked for", now);
            }

            return;
        }

        var covered = BlockStateRuns.CountBlocks(ack.Runs.Span);
        if (ack.Result == ErrorCode.None && (covered is null or 0 || covered > job.BlockCount))
        {
            work.EndDelivery(replica, job, ErrorCode.Unsupported, now);
            keeper.Violation(replica, $"told states for job {ack.Job} that can't be", now);
            return;
        }

        if (ack.Result == ErrorCode.None)
        {
            job.Request?.TakeStates(job.Start, ack.Runs.Span);
        }

        work.EndDelivery(replica, job, ack.Result, now);
    }

    private void OnControlAck(Replica replica, in JobAckHeader ack, Instant now)
    {
        var finished = false;
        if (!activation.OnControlAck(replica, ack.Job, ack.Result, out var fault)
            && !repairs.OnAck(replica, ack.Job, ack.Result, out fault, out finished))
        {
            keeper.Violation(replica, $"acknowledged control job {ack.Job}, which it was not asked for", now);
            return;
        }

        if (fault is not null)
        {
            keeper.Fault(replica, fault, now);
            return;
        }

        if (finished)
        {
            returns.OnRepaired(replica, now);
        }
        else if (activation.IsFinished && replica is { State: ReplicaState.Marking, Marked: true })
        {
            returns.OnMarked(replica, now);
        }

        lifecycle.Advance(now);
    }

    private ChunkRepair? FindReader(ReplicaId id, JobId job) =>
        activation.Reconciler.Crew.FindReader(id, job) ?? repairs.FindReader(id, job);
}
