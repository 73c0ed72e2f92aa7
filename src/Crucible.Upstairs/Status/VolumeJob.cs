namespace Crucible.Upstairs;

/// <summary>A job in flight: sent to a replica that has not answered, or not answered to the guest.</summary>
/// <param name="Id">Which; ids rise, so the lowest is the oldest.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Start">First block; 0 for a flush.</param>
/// <param name="BlockCount">How many; 0 for a flush.</param>
/// <param name="Request">The guest's request it belongs to; null where the volume made it by itself.</param>
/// <param name="Age">Since it was made.</param>
/// <param name="Answered">The guest has its answer.</param>
/// <param name="Progress">Where it is with each replica, by number.</param>
public sealed record VolumeJob(
    JobId Id,
    RequestKind Kind,
    BlockIndex Start,
    uint BlockCount,
    GuestRequestId? Request,
    TimeSpan Age,
    bool Answered,
    IReadOnlyList<JobProgress> Progress)
{
    internal static bool IsInFlight(Job job)
    {
        var waits = !job.IsAnswered;
        for (byte i = 0; i < ReplicaId.Count; i++)
        {
            waits |= job.ProgressOf(new ReplicaId(i)) == JobProgress.Sent;
        }

        return waits;
    }

    internal static VolumeJob Of(Job job, Instant now) => new(
        job.Id,
        job.Kind,
        job.Kind == RequestKind.Flush ? default : job.Start,
        job.BlockCount,
        job.RequestId.Value == 0 ? null : job.RequestId,
        now - job.IssuedAt,
        job.IsAnswered,
        [job.ProgressOf(new ReplicaId(0)), job.ProgressOf(new ReplicaId(1)), job.ProgressOf(new ReplicaId(2))]);
}

/// <summary>What a volume works at, at one moment.</summary>
/// <param name="Count">Jobs in flight, or held until a flush after them is done everywhere.</param>
/// <param name="Waiting">Requests of the guest that have no jobs yet, because there is no room.</param>
/// <param name="Jobs">The oldest of those in flight.</param>
public sealed record VolumeWork(int Count, int Waiting, IReadOnlyList<VolumeJob> Jobs)
{
    internal static VolumeWork Of(UpstairsEngine engine, int most) => engine.Inspect(core =>
    {
        var now = UpstairsEngine.Now();
        var jobs = new List<VolumeJob>();
        foreach (var job in core.Jobs)
        {
            if (jobs.Count == most)
            {
                break;
            }

            if (VolumeJob.IsInFlight(job))
            {
                jobs.Add(VolumeJob.Of(job, now));
            }
        }

        return new VolumeWork(core.JobCount, core.WaitingCount, jobs);
    });
}
