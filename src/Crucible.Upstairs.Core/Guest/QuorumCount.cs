namespace Crucible.Upstairs;

/// <summary>
/// Counts which replicas have done a job that changes something. What a quorum has done is answered; what lies before a flush
/// that is done wherever it must be is dropped, and makes room.
/// </summary>
internal sealed class QuorumCount(
    ReplicaSet replicas, JobTable jobs, RequestAnswers answers, Retirement retirement, Admission admission, BackPressure pressure)
{
    /// <summary>
    /// A replica answered a write, zeroing, discard or flush. False: it had not been asked. What one under repair has done
    /// counts for nothing yet: it may miss what came before.
    /// </summary>
    public bool OnAck(Replica replica, JobId id, ErrorCode result, Instant now)
    {
        if (JobSender.NoteStray(replica, id))
        {
            return true;
        }

        if (jobs.Find(id) is not { Retired: false, IsMutating: true } job || job[replica.Id] != JobProgress.Sent)
        {
            return false;
        }

        JobSender.NoteAnswer(replica, job);
        if (result != ErrorCode.None)
        {
            job[replica.Id] = JobProgress.Failed;
            return true;
        }

        if (replica.State == ReplicaState.Repairing && !Planted.Is(PlantedBug.CountUnderRepair))
        {
            job[replica.Id] = JobProgress.Held;
            return true;
        }

        Count(replica, job, now);
        if (job.Kind == RequestKind.Flush)
        {
            RetireFlushed(now);
        }
        else
        {
            admission.AdmitWaiting(now);
        }

        return true;
    }

    /// <summary>A replica has done a job.</summary>
    public void Count(Replica replica, Job job, Instant now)
    {
        job[replica.Id] = JobProgress.Done;
        if (++job.DoneCount >= Retirement.Quorum
            || (job.Kind == RequestKind.Flush && Planted.Is(PlantedBug.FlushAtOne)))
        {
            pressure.Remove(job);
            answers.Answer(job, ErrorCode.None, now);
        }
    }

    /// <summary>The replica may not hold any more what it once answered for.</summary>
    public static void Uncount(Replica replica, Job job)
    {
        job.DoneCount -= job[replica.Id] == JobProgress.Done ? 1 : 0;
        job[replica.Id] = JobProgress.NotSent;
    }

    /// <summary>Whether every active replica has done a job.</summary>
    public bool IsDoneByActive(JobId id)
    {
        if (jobs.Find(id) is not { Retired: false } job)
        {
            return true;
        }

        foreach (var replica in replicas.All)
        {
            if (replica.State == ReplicaState.Active && job[replica.Id] != JobProgress.Done)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Drops what may be by now, and lets in who waited for the room.</summary>
    public void RetireFlushed(Instant now)
    {
        retirement.RetireFlushed();
        admission.AdmitWaiting(now);
    }
}
