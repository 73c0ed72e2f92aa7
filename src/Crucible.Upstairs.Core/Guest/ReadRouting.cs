namespace Crucible.Upstairs;

/// <summary>
/// Where reads go: to one replica that is in sync, the least loaded; to a second one when the first is late; to another when
/// an answer is bad.
/// </summary>
internal sealed class ReadRouting(
    UpstairsSettings settings, ReplicaSet replicas, JobTable jobs, JobSender sender, RequestAnswers answers, Retirement retirement)
{
    private static readonly TimeSpan LateSweepInterval = TimeSpan.FromMilliseconds(100);

    // A copy for repair is many times a guest's usual read; where another replica is hardly more loaded the guest goes there.
    private const int JobsOfACopy = 4;

    private Instant _lastSweep;
    private int _turn;

    /// <summary>A read found blocks damaged; set by the owner.</summary>
    public required Action<Job> OnDamage { get; init; }

    /// <summary>Sends a read to the least loaded replica that was not asked; where all failed, the answer is the last failure.</summary>
    public void Route(Job job, ErrorCode lastFailure, Instant now)
    {
        if (Choose(job, out var mayComeBack) is { } best)
        {
            _turn = (best.Id.Value + 1) % ReplicaId.Count;
            sender.Send(best, job, now);
            return;
        }

        if (job.Kind == RequestKind.ReadStates && IsBeyondActive())
        {
            mayComeBack = false;
            lastFailure = ErrorCode.Unsupported;
        }

        // Nobody can be asked now. One that is away may come back: the tick ends the waiting.
        if (!mayComeBack)
        {
            answers.Answer(job, lastFailure, now);
            retirement.Retire(job);
            jobs.DropRetired();
        }
    }

    /// <summary>Sends reads that found no replica when theirs went away.</summary>
    public void RouteStranded(Instant now)
    {
        for (var id = jobs.Oldest; id < jobs.Next; id = id.Next())
        {
            if (jobs.Find(id) is { IsMutating: false, Retired: false, Delivering: false } job && !IsSentAnywhere(job))
            {
                Route(job, ErrorCode.NotEnoughReplicas, now);
            }
        }
    }

    /// <summary>Asks a second replica for reads that the first keeps waiting.</summary>
    public void Hedge(Instant now)
    {
        if (now - _lastSweep < LateSweepInterval)
        {
            return;
        }

        _lastSweep = now;
        for (var id = jobs.Oldest; id < jobs.Next; id = id.Next())
        {
            if (jobs.Find(id) is { IsMutating: false, Retired: false, Answered: false, Delivering: false } job
                && now - job.SentAt >= settings.HedgeAfter && IsSentAnywhere(job) && Choose(job, out _) is { } second)
            {
                sender.Send(second, job, now);
            }
        }
    }

    /// <summary>
    /// A read's answer arrived. The job to check it against, which from now until <see cref="EndDelivery"/> stays with this
    /// replica; null: nobody waits for it any more, or it had not been asked.
    /// </summary>
    /// <param name="replica">Who answered.</param>
    /// <param name="id">Which job.</param>
    /// <param name="kind">What kind of job the answer is for.</param>
    /// <param name="known">False: it had not been asked.</param>
    public Job? BeginDelivery(Replica replica, JobId id, RequestKind kind, out bool known)
    {
        var job = jobs.Find(id);
        if (job is null || job.Retired)
        {
            known = JobSender.NoteStray(replica, id);
            return null;
        }

        known = job.Kind == kind && job[replica.Id] == JobProgress.Sent;
        if (!known)
        {
            return null;
        }

        JobSender.NoteAnswer(replica, job);
        if (job.Delivering)
        {
            // Another one's answer is being looked at. Should it be bad, this one can be asked again.
            job[replica.Id] = JobProgress.NotSent;
            return null;
        }

        if (job.Answered)
        {
            job[replica.Id] = JobProgress.Done;
            retirement.Retire(job);
            jobs.DropRetired();
            return null;
        }

        job.Delivering = true;
        return job;
    }

    /// <summary>The data of a read was checked and handed to the guest, or was bad.</summary>
    /// <param name="replica">Whose data.</param>
    /// <param name="job">Which read.</param>
    /// <param name="result">How it is.</param>
    /// <param name="ended">What the read fails with where the volume has ended meanwhile.</param>
    /// <param name="now">What time it is.</param>
    public void EndDelivery(Replica replica, Job job, ErrorCode result, ErrorCode? ended, Instant now)
    {
        job.Delivering = false;
        job[replica.Id] = result == ErrorCode.None ? JobProgress.Done : JobProgress.Failed;
        if (result == ErrorCode.None || ended is not null)
        {
            answers.Answer(job, result == ErrorCode.None ? ErrorCode.None : ended!.Value, now);
            retirement.Retire(job);
            jobs.DropRetired();
            return;
        }

        if (result is ErrorCode.IntegrityError or ErrorCode.IoError)
        {
            replica.BadReads++;
            if (job.Kind == RequestKind.Read)
            {
                OnDamage(job);
            }
        }

        if (!IsSentAnywhere(job))
        {
            Route(job, result, now);
        }
    }

    public bool IsSentAnywhere(Job job)
    {
        foreach (var replica in replicas.All)
        {
            if (job[replica.Id] == JobProgress.Sent)
            {
                return true;
            }
        }

        return false;
    }

    // One is there, and too old for the question: it is not worth waiting for another.
    private bool IsBeyondActive()
    {
        foreach (var replica in replicas.All)
        {
            if (replica.State == ReplicaState.Active && !replica.TellsStates)
            {
                return true;
            }
        }

        return false;
    }

    private Replica? Choose(Job job, out bool mayComeBack)
    {
        Replica? best = null;
        mayComeBack = false;
        for (var i = 0; i < ReplicaId.Count; i++)
        {
            var replica = replicas.All[(i + _turn) % ReplicaId.Count];
            if (job[replica.Id] != JobProgress.NotSent || (job.Kind == RequestKind.ReadStates && !replica.TellsStates))
            {
                continue;
            }

            var isActive = replica.State == ReplicaState.Active
                || (replica.State == ReplicaState.Repairing && Planted.Is(PlantedBug.ReadUnderRepair));
            mayComeBack |= isActive || replica.KeepsPlace;
            if (isActive && (best is null || LoadOf(replica) < LoadOf(best)))
            {
                best = replica;
            }
        }

        return best;
    }

    private static int LoadOf(Replica replica) => replica.OutstandingJobs + (replica.IsCopiedFrom ? JobsOfACopy : 0);
}
