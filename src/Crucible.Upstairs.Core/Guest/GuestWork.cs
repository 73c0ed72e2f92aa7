namespace Crucible.Upstairs;

/// <summary>
/// The guest's requests and their jobs while the volume is active: admission, dependencies, fan-out, acknowledgement,
/// routing of reads, retirement and replay (DESIGN section 5). Each of them is a part of its own; this one puts them together,
/// sees to what time brings, and ends them.
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
    private readonly Admission _admission;
    private readonly QuorumCount _quorum;
    private readonly JobReplay _replay;
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
            OnDamage = MendWhereWritten,
        };
        _issue = new JobIssue(replicas, _jobs, output, _sender, _retirement, _reads, _pressure);
        _admission = new Admission(settings, replicas, _jobs, _answers, _retirement, _issue, _pressure);
        _quorum = new QuorumCount(replicas, _jobs, _answers, _retirement, _admission, _pressure);
        _replay = new JobReplay(_jobs, _sender, _reads, _retirement, _quorum, _admission);
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
    public int WaitingCount => _admission.WaitingCount;

    /// <summary>As <see cref="Admission.Submit"/>.</summary>
    public void Submit(GuestRequest request, Instant now) => _admission.Submit(request, now);

    /// <summary>As <see cref="QuorumCount.OnAck"/>.</summary>
    public bool OnAck(Replica replica, JobId id, ErrorCode result, Instant now) => _quorum.OnAck(replica, id, result, now);

    /// <summary>As <see cref="ReadRouting.BeginDelivery"/>.</summary>
    public Job? BeginDelivery(Replica replica, JobId id, RequestKind kind, out bool known) =>
        _reads.BeginDelivery(replica, id, kind, out known);

    /// <summary>As <see cref="ReadRouting.EndDelivery"/>.</summary>
    public void EndDelivery(Replica replica, Job job, ErrorCode result, Instant now)
    {
        _reads.EndDelivery(replica, job, result, _ended, now);
        _admission.AdmitWaiting(now);
    }

    /// <summary>As <see cref="JobReplay.OnReplicaGone"/>.</summary>
    public void OnReplicaGone(Replica replica, Instant now) => _replay.OnReplicaGone(replica, now);

    /// <summary>As <see cref="JobReplay.CanReplayFrom"/>.</summary>
    public bool CanReplayFrom(JobId position) => _replay.CanReplayFrom(position);

    /// <summary>As <see cref="JobReplay.Replay"/>.</summary>
    public void Replay(Replica replica, JobId position, Instant now) => _replay.Replay(replica, position, now);

    /// <summary>As <see cref="JobReplay.OnRepaired"/>.</summary>
    public void OnRepaired(Replica replica, JobId position, Instant now) => _replay.OnRepaired(replica, position, now);

    /// <summary>As <see cref="Admission.HeldUpBy"/>.</summary>
    public Replica? HeldUpBy(Instant now) => _admission.HeldUpBy(now);

    /// <summary>The last job that was sent to every replica.</summary>
    public JobId LastMutating => _issue.LastMutating;

    /// <summary>As <see cref="QuorumCount.IsDoneByActive"/>.</summary>
    public bool IsDoneByActive(JobId id) => _quorum.IsDoneByActive(id);

    /// <summary>Sends a flush that nobody asked for; tells which job it is, or null where there is no room for one now.</summary>
    public JobId? TryFlush(Instant now) => _jobs.Count < _jobs.Capacity ? _issue.IssueFlush(null, now) : null;

    /// <summary>What time brings: idle flush, requests that waited too long, room.</summary>
    public void OnTick(Instant now)
    {
        if (HasUnflushed && now - _issue.LastWrite >= _settings.FlushTimeout && ActiveCount() >= Retirement.Quorum && _jobs.Count < _jobs.Capacity)
        {
            _issue.IssueFlush(null, now);
        }

        FailOverdue(now);
        _reads.Hedge(now);
        _admission.Admit(now);
    }

    /// <summary>Answers everything with an error and drops every job: the volume has ended.</summary>
    public void Abort(ErrorCode result, Instant now)
    {
        _ended = result;
        _admission.Abort(result);
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

    // Without a quorum what waits for one fails; a read fails when no replica answered it in time.
    private void FailOverdue(Instant now)
    {
        var lacksQuorum = ActiveCount() < Retirement.Quorum;
        if (lacksQuorum)
        {
            _admission.FailOverdue(now);
        }
        else if (now - _lastSweep < SweepInterval)
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

    // Who only reads may mend nothing: to try would cost the damaged replica its place, and with it all that is good there.
    private void MendWhereWritten(Job job)
    {
        if (!_settings.ReadOnly)
        {
            _issue.Repairs.Healing.Add(job.Start, job.BlockCount);
        }
    }

    private int ActiveCount() => _replicas.Count(ReplicaState.Active);
}
