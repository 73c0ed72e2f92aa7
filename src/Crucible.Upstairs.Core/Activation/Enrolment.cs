using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The last step of a replica's way into service: it records durably that it is in sync, and serves once it has. Read only there
/// is nothing to record: those that hold what the source holds serve at once.
/// </summary>
internal sealed class Enrolment(ReplicaSet replicas, IUpstairsOutput output, RepairScope scope, GenerationChoice generation)
{
    /// <summary>Asks a replica to record that it is in sync.</summary>
    public void Mark(Replica replica, Instant now)
    {
        replicas.Change(replica, ReplicaState.Marking, now, "records that it is in sync");
        replica.Marked = false;
        replica.MarkJob = scope.NextJob();
        output.Send(replica.Id, new MarkInSyncHeader(generation.Current, replica.MarkJob));
    }

    /// <summary>Asks all that are alike by now.</summary>
    public void MarkAll(Instant now)
    {
        foreach (var replica in replicas.All)
        {
            if (replica.State is ReplicaState.Learnt or ReplicaState.Reconciling)
            {
                Mark(replica, now);
            }
        }
    }

    /// <summary>A replica that was asked to has answered a job. False: not that one.</summary>
    public static bool OnAck(Replica replica, JobId job, ErrorCode result, out string? fault)
    {
        fault = null;
        if (job != replica.MarkJob || replica.Marked)
        {
            return false;
        }

        replica.Marked = result == ErrorCode.None;
        fault = result == ErrorCode.None ? null : $"could not record that it is in sync: {result}";
        return true;
    }

    /// <summary>Whether all that were asked have recorded it.</summary>
    public bool AllAreMarked => replicas.AllAre(ReplicaState.Marking, static replica => replica.Marked);

    /// <summary>Takes those that have recorded it into service; the others may still keep a place.</summary>
    public void ServeMarked(Instant now)
    {
        foreach (var replica in replicas.All)
        {
            if (replica.State == ReplicaState.Marking)
            {
                Serve(replica, now);
            }
            else
            {
                replica.KeepsPlace = replica.State is not (ReplicaState.Faulted or ReplicaState.Refused);
                replica.AwaySince = now;
            }
        }
    }

    /// <summary>Read only: nothing is written, so nothing can be mended; those that hold what the source holds serve.</summary>
    public void ServeAlike(StartState start, Replica source, Instant now)
    {
        foreach (var replica in replicas.All)
        {
            if (replica.State != ReplicaState.Learnt)
            {
                continue;
            }

            if (start.MayBeReadFrom(replica))
            {
                Serve(replica, now);
                continue;
            }

            output.Disconnect(replica.Id, "differs from the source");
            replicas.Change(replica, ReplicaState.Faulted, now, $"differs from replica {source.Id}, and read only nothing is repaired");
        }
    }

    private void Serve(Replica replica, Instant now)
    {
        replicas.Change(replica, ReplicaState.Active, now, "in sync");
        replica.KeepsPlace = true;
        replica.HasForgotten = false;
        replica.AwaySince = Instant.Never;
        replica.LastHeard = now;
    }
}
