namespace Crucible.Upstairs;

/// <summary>
/// The guest's requests and their jobs while the volume is active: admission, dependencies, fan-out, acknowledgement,
/// routing of reads, retirement and replay (DESIGN section 5).
/// </summary>
internal sealed class GuestWork : IRepairGuest
{
    /// <summary>How often all jobs are looked through for overdue ones while nothing is wrong.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly UpstairsSettings _settings;
    private readonly ReplicaSet _replicas;
    private readonly JobTable _jobs;
    private readonly BackPressure _pressure;
    private readonly JobSender _sender;
    private readonly RequestAnswers _answers;
    private readonly Retirement _retirement;
    private readonly ReadRouting _reads;
    private readonly JobIssue _issue;
    private readonly Queue<GuestRequest> _waiting = new();
    private ulong _nextRequest = 1;
    private Instant _lastSweep;
    private ErrorCode? _ended;

    public GuestWork(UpstairsSettings settings, ReplicaSet replicas, IUpstairsOutput output, GuestLatency latency)
    {
        _settings = settings;
        _replicas = replicas;
        _jobs = new JobTable(settings.MaxJobs);
        _pressure = new BackPressure(settings, replicas);
        _sender = new JobSender(output);
        _answers = new RequestAnswers(settings, _jobs, output, latency);
        _retirement = new Retirement(replicas, _jobs, output, _pressure);
        _reads = new ReadRouting(settings, replicas, _jobs, _sender, _answers, _retirement)
        {
            OnDamage = job => _issue!.Repairs.Healing.Add(job.Start, job.BlockCount),
        };
        _issue = new JobIssue(replicas, _jobs, output, _sender, _retirement, _reads, _pressure);
    }

    /// <summary>What must know which blocks the guest writes; set once at the start.</summary>
    public RepairWork Repairs
    {
        set => _issue.Repairs = value;
    }

    /// <summary>The generation that every job bears; set at activation.</summary>
    public Generation Generation
    {
        set => _sender.Generation = value;
    }

    /// <summary>The number of the next flush; set at activation.</summary>
    public FlushNumber NextFlush
    {
        set => _issue.NextFlush = value;
    }

    /// <summary>Jobs in the table.</summary>
    public int JobCount => _jobs.Count;

    /// <summary>Bytes of unretired writes.</summary>
    public long HeldBytes => _jobs.HeldBytes;

    /// <summary>Whether something was written since the last flush was issued.</summary>
    public bool HasUnflushed => _issue.HasUnflushed;

    /// <summary>Requests that wait for room.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Takes a request over. It is answered at once, later, or when there is room.</summary>
    public void Submit(GuestRequest request, Instant now)
    {
        request.Id = new GuestRequestId(_nextRequest++);
        request.SubmittedAt = now;
        request.JobsLeft = Math.Max(request.PieceCount, 1);
        request.Result = ErrorCode.None;
        request.Completed = false;

        // A read need not wait behind writes that wait: it sees what was acknowledged, and they are not.
        if ((_waiting.Count > 0 && !request.Kind.IsRead()) || !HasRoom(request, now))
        {
            if (_waiting.Count >= _settings.MaxWaitingRequests)
            {
                _answers.Abandon(request, ErrorCode.NotEnoughReplicas);
                return;
            }

            _waiting.Enqueue(request);
            FlushForRoom(now);
            return;
        }

        Issue(request, now);
    }

    /// <summary>The last job that was sent to every replica.</summary>
    public JobId LastMutating => _issue.LastMutating;

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

        if (_jobs.Find(id) is not { Retired: false, IsMutating: true } job || job[replica.Id] != JobProgress.Sent)
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
            AdmitWaiting(now);
        }

        return true;
    }

    /// <summary>As <see cref="ReadRouting.BeginDelivery"/>.</summary>
    public Job? BeginDelivery(Replica replica, JobId id, RequestKind kind, out bool known) =>
        _reads.BeginDelivery(replica, id, kind, out known);

    /// <summary>As <see cref="ReadRouting.EndDelivery"/>.</summary>
    public void EndDelivery(Replica replica, Job job, ErrorCode result, Instant now)
    {
        _reads.EndDelivery(replica, job, result, _ended, now);
        AdmitWaiting(now);
    }

    /// <summary>
    /// A replica that was repaired has recorded that it is in sync: it holds every job up to <paramref name="position"/>, and
    /// of the later ones those that it has answered.
    /// </summary>
    public void OnRepaired(Replica replica, JobId position, Instant now)
    {
        for (var id = _retirement.Oldest; id < _jobs.Next; id = id.Next())
        {
            if (_jobs.Find(id) is not { IsMutating: true, Retired: false } job)
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
                Count(replica, job, now);
            }
        }

        RetireFlushed(now);
        _reads.RouteStranded(now);
        Admit(now);
    }

    /// <summary>A replica lost its connection, or its place: its reads go elsewhere.</summary>
    public void OnReplicaGone(Replica replica, Instant now)
    {
        JobSender.Forget(replica);
        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            if (_jobs.Find(id) is not { Retired: false } job)
            {
                continue;
            }

            if (job[replica.Id] == JobProgress.Sent)
            {
                job[replica.Id] = JobProgress.NotSent;
                if (job is { IsMutating: false, Delivering: false } && !_reads.IsSentAnywhere(job))
                {
                    _reads.Route(job, ErrorCode.NotEnoughReplicas, now);
                }
            }
            else if (!replica.KeepsPlace && job.IsMutating)
            {
                Uncount(replica, job);
            }
        }

        if (!replica.KeepsPlace)
        {
            _reads.RouteStranded(now);
            RetireFlushed(now);
        }

        AdmitWaiting(now);
    }

    /// <summary>
    /// The replica whose missing answers alone keep room from requests that wait for it: one that is away at once, a
    /// connected one when the oldest request has waited for <see cref="UpstairsSettings.SlowAfter"/>. Null: none.
    /// </summary>
    public Replica? HeldUpBy(Instant now)
    {
        if (!_waiting.TryPeek(out var request) || HasPlace(request)
            || !_retirement.TryPeek(out var flush) || flush.DoneCount < Retirement.Quorum)
        {
            return null;
        }

        foreach (var replica in _replicas.All)
        {
            var isActive = replica.State == ReplicaState.Active;
            if (replica.KeepsPlace && flush[replica.Id] != JobProgress.Done
                && (!isActive || now - request.SubmittedAt >= _settings.SlowAfter)
                && ActiveCount() - (isActive ? 1 : 0) >= Retirement.Quorum)
            {
                return replica;
            }
        }

        return null;
    }

    /// <summary>Whether all jobs behind a position are still there to be sent again.</summary>
    public bool CanReplayFrom(JobId position) =>
        position.Value + 1 >= _retirement.Oldest.Value || Planted.Is(PlantedBug.RetireEarly);

    /// <summary>
    /// A replica that kept its place is back and holds all jobs up to <paramref name="position"/>: the rest is sent again.
    /// </summary>
    public void Replay(Replica replica, JobId position, Instant now)
    {
        Invariant.Require(CanReplayFrom(position));
        for (var next = _retirement.Oldest; next < _jobs.Next; next = next.Next())
        {
            var id = Planted.Is(PlantedBug.ReplayBackwards)
                ? new JobId(_retirement.Oldest.Value + (_jobs.Next.Value - 1 - next.Value))
                : next;
            if (_jobs.Find(id) is not { IsMutating: true, Retired: false } job)
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
                    Count(replica, job, now);
                }

                continue;
            }

            Uncount(replica, job);
            _sender.Send(replica, job, now);
        }

        _reads.RouteStranded(now);
        Admit(now);
    }

    /// <summary>What time brings: idle flush, requests that waited too long, room.</summary>
    public void OnTick(Instant now)
    {
        if (HasUnflushed && now - _issue.LastWrite >= _settings.FlushTimeout && ActiveCount() >= Retirement.Quorum && _jobs.Count < _jobs.Capacity)
        {
            _issue.IssueFlush(null, now);
        }

        FailOverdue(now);
        _reads.Hedge(now);
        Admit(now);
    }

    /// <summary>Sends a flush that nobody asked for; tells which job it is, or null where there is no room for one now.</summary>
    public JobId? TryFlush(Instant now) => _jobs.Count < _jobs.Capacity ? _issue.IssueFlush(null, now) : null;

    /// <summary>Whether every active replica has done a job.</summary>
    public bool IsDoneByActive(JobId id)
    {
        if (_jobs.Find(id) is not { Retired: false } job)
        {
            return true;
        }

        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Active && job[replica.Id] != JobProgress.Done)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Answers everything with an error and drops every job: the volume has ended.</summary>
    public void Abort(ErrorCode result, Instant now)
    {
        _ended = result;
        while (_waiting.TryDequeue(out var request))
        {
            _answers.Abandon(request, result);
        }

        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            var job = _jobs[id];
            if (!job.Retired && !job.Delivering)
            {
                _answers.Answer(job, result, now);
                _retirement.Retire(job);
            }
        }

        _retirement.Clear();
        _issue.Clear();
        _jobs.DropRetired();
    }

    /// <summary>Jobs not done yet, oldest first, for reports.</summary>
    public IEnumerable<Job> Unretired()
    {
        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            if (!_jobs[id].Retired)
            {
                yield return _jobs[id];
            }
        }
    }

    private bool HasRoom(GuestRequest request, Instant now) => HasPlace(request)
        && (request.Kind.IsRead() || request.Kind == RequestKind.Flush || !_pressure.Holds(request, now));

    // In the table, and with the replicas that it needs.
    private bool HasPlace(GuestRequest request)
    {
        if (_jobs.Count + Math.Max(request.PieceCount, 1) + 1 >= _jobs.Capacity)
        {
            return false;
        }

        return request.Kind switch
        {
            RequestKind.Read or RequestKind.ReadStates => ActiveCount() >= 1,
            RequestKind.Write => _jobs.HeldBytes < _settings.MaxUnretiredBytes && ActiveCount() >= Retirement.Quorum,
            _ => ActiveCount() >= Retirement.Quorum,
        };
    }

    private void Admit(Instant now)
    {
        while (_waiting.TryPeek(out var request) && HasRoom(request, now))
        {
            Issue(_waiting.Dequeue(), now);
        }

        if (_waiting.Count > 0)
        {
            FlushForRoom(now);
        }
    }

    private void Issue(GuestRequest request, Instant now)
    {
        if (request.Kind == RequestKind.Flush)
        {
            _issue.IssueFlush(request, now);
            return;
        }

        _issue.Issue(request, now);
        if (request.Kind.IsRead())
        {
            return;
        }

        if (_settings.Ack == AckMode.Fast)
        {
            _answers.Complete(request, ErrorCode.None, now);
        }

        FlushAtHalf(now);
    }

    private void FlushAtHalf(Instant now)
    {
        if (_issue.SinceFlush >= _jobs.Capacity / 2
            || (_jobs.HeldBytes >= _settings.MaxUnretiredBytes / 2 && _retirement.FlushCount == 0 && _issue.SinceFlush > 0))
        {
            _issue.IssueFlush(null, now);
        }
    }

    private void FlushForRoom(Instant now)
    {
        if (_waiting.TryPeek(out var request) && !HasPlace(request)
            && _retirement.FlushCount == 0 && HasUnflushed && ActiveCount() >= Retirement.Quorum && _jobs.Count < _jobs.Capacity)
        {
            _issue.IssueFlush(null, now);
        }
    }

    private void Count(Replica replica, Job job, Instant now)
    {
        job[replica.Id] = JobProgress.Done;
        if (++job.DoneCount >= Retirement.Quorum
            || (job.Kind == RequestKind.Flush && Planted.Is(PlantedBug.FlushAtOne)))
        {
            _pressure.Remove(job);
            _answers.Answer(job, ErrorCode.None, now);
        }
    }

    // The replica may not hold any more what it once answered for.
    private static void Uncount(Replica replica, Job job)
    {
        job.DoneCount -= job[replica.Id] == JobProgress.Done ? 1 : 0;
        job[replica.Id] = JobProgress.NotSent;
    }

    private void RetireFlushed(Instant now)
    {
        _retirement.RetireFlushed();
        AdmitWaiting(now);
    }

    private void AdmitWaiting(Instant now)
    {
        if (_waiting.Count > 0)
        {
            Admit(now);
        }
    }

    // Without a quorum what waits for one fails; a read fails when no replica answered it in time.
    private void FailOverdue(Instant now)
    {
        var lacksQuorum = ActiveCount() < Retirement.Quorum;
        while (lacksQuorum && _waiting.TryPeek(out var request) && !HasPlace(request)
            && now - request.SubmittedAt >= _settings.RequestTimeout)
        {
            _answers.Abandon(_waiting.Dequeue(), ErrorCode.NotEnoughReplicas);
        }

        if (!lacksQuorum && now - _lastSweep < SweepInterval)
        {
            return;
        }

        _lastSweep = now;
        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            var job = _jobs[id];
            if (!job.Retired && !job.Answered && !job.Delivering && (lacksQuorum || !job.IsMutating)
                && now - job.Request!.SubmittedAt >= _settings.RequestTimeout)
            {
                FailJob(job, now);
            }
        }

        _jobs.DropRetired();
    }

    private void FailJob(Job job, Instant now)
    {
        _answers.Answer(job, ErrorCode.NotEnoughReplicas, now);
        if (!job.IsMutating && !_reads.IsSentAnywhere(job))
        {
            _retirement.Retire(job);
        }
    }

    private int ActiveCount() => _replicas.Count(ReplicaState.Active);
}
