namespace Crucible.Upstairs;

/// <summary>
/// What becomes of the jobs that are not retired when a replica goes, comes back to what it holds, or has been repaired.
/// </summary>
internal sealed class JobReplay(
    JobTable jobs, JobSender sender, ReadRouting reads, Retirement retirement, QuorumCount quorum, Admission admission)
{
    /// <summary>A replica lost its connection, or its place: its reads go elsewhere.</summary>
    public void OnReplicaGone(Replica replica, Instant now)
    {
        JobSender.Forget(replica);
        for (var id = jobs.Oldest; id < jobs.Next; id = id.Next())
        {
            if (jobs.Find(id) is not { Retired: false } job)
            {
                continue;
            }

            if (job[replica.Id] == JobProgress.Sent)
            {
                job[replica.Id] = JobProgress.NotSent;
                if (job is { IsMutating: false, Delivering: false } && !reads.IsSentAnywhere(job))
                {
                    reads.Route(job, ErrorCode.NotEnoughReplicas, now);
                }
            }
            else if (!replica.KeepsPlace && job.IsMutating)
            {
                QuorumCount.Uncount(replica, job);
            }
        }

        if (!replica.KeepsPlace)
        {
            reads.RouteStranded(now);
            quorum.RetireFlushed(now);
        }

        admission.AdmitWaiting(now);
    }

    /// <summary>Whether all jobs behind a position are still there to be sent again.</summary>
    public bool CanReplayFrom(JobId position) =>
        position.Value + 1 >= retirement.Oldest.Value || Planted.Is(PlantedBug.RetireEarly);

    /// <summary>
    /// A replica that kept its place is back and holds all jobs up to <paramref name="position"/>: the rest is sent again.
    /// </summary>
    public void Replay(Replica replica, JobId position, Instant now)
    {
        Invariant.Require(CanReplayFrom(position));
        for (var next = retirement.Oldest; next < jobs.Next; next = next.Next())
        {
            var id = Planted.Is(PlantedBug.ReplayBackwards)
                ? new JobId(retirement.Oldest.Value + (jobs.Next.Value - 1 - next.Value))
                : next;
            if (jobs.Find(id) is not { IsMutating: true, Retired: false } job)
            {
                continue;
            }

            if (Planted.Is(PlantedBug.LeaveGapAtReplay) && id == position.Next())
            {
                continue;
            }

            // What the replica holds is done there, but for a flush: only its answer says that it was synced.
            if (id <= position && (job.Kind != RequestKind.Flush || job[replica.Id] == JobProgress.Done))
            {
                if (job[replica.Id] != JobProgress.Done)
                {
                    quorum.Count(replica, job, now);
                }

                continue;
            }

            QuorumCount.Uncount(replica, job);
            sender.Send(replica, job, now);
        }

        reads.RouteStranded(now);
        admission.Admit(now);
    }

    /// <summary>
    /// A replica that was repaired has recorded that it is in sync: it holds every job up to <paramref name="position"/>, and
    /// of the later ones those that it has answered.
    /// </summary>
    public void OnRepaired(Replica replica, JobId position, Instant now)
    {
        for (var id = retirement.Oldest; id < jobs.Next; id = id.Next())
        {
            if (jobs.Find(id) is not { IsMutating: true, Retired: false } job)
            {
                continue;
            }

            if (job[replica.Id] == JobProgress.Sent && id <= position)
            {
                replica.Strays.Add(id, job.Bytes);
            }

            // Recording it was durable, and so is what came before: flushes too.
            if (id <= position || job[replica.Id] == JobProgress.Held)
            {
                quorum.Count(replica, job, now);
            }
        }

        quorum.RetireFlushed(now);
        reads.RouteStranded(now);
        admission.Admit(now);
    }
}
