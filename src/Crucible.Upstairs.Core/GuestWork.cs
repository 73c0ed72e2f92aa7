using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The guest's requests and their jobs while the volume is active: admission, dependencies, fan-out, acknowledgement,
/// routing of reads, retirement and replay (DESIGN section 5).
/// </summary>
internal sealed class GuestWork
{
    /// <summary>Replicas that must have done a job before it counts as done.</summary>
    public const int Quorum = 2;

    /// <summary>How often all jobs are looked through for overdue ones while nothing is wrong.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly UpstairsSettings _settings;
    private readonly ReplicaSet _replicas;
    private readonly IUpstairsOutput _output;
    private readonly JobTable _jobs;
    private readonly WriterMap _writers = new();
    private readonly Queue<JobId> _flushes = new();
    private readonly Queue<GuestRequest> _waiting = new();
    private ulong _nextRequest = 1;
    private JobId _unretired = JobId.First;
    private JobId _sinceFlush = JobId.First;
    private Instant _lastWrite;
    private Instant _lastSweep;
    private ErrorCode? _ended;
    private long _unflushed;
    private int _turn;

    public GuestWork(UpstairsSettings settings, ReplicaSet replicas, IUpstairsOutput output)
    {
        _settings = settings;
        _replicas = replicas;
        _output = output;
        _jobs = new JobTable(settings.MaxJobs);
    }

    /// <summary>The generation that every job bears; set at activation.</summary>
    public Generation Generation { get; set; }

    /// <summary>The number of the next flush; set at activation.</summary>
    public FlushNumber NextFlush { get; set; } = new(1);

    /// <summary>Jobs in the table.</summary>
    public int JobCount => _jobs.Count;

    /// <summary>Bytes of unretired writes.</summary>
    public long HeldBytes => _jobs.HeldBytes;

    /// <summary>Whether something was written since the last flush was issued.</summary>
    public bool HasUnflushed => _unflushed > 0;

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
        if (_waiting.Count > 0 || !HasRoom(request))
        {
            if (_waiting.Count >= _settings.MaxWaitingRequests)
            {
                Abandon(request, ErrorCode.NotEnoughReplicas);
                return;
            }

            _waiting.Enqueue(request);
            FlushForRoom(now);
            return;
        }

        Issue(request, now);
    }

    /// <summary>A replica answered a write, zeroing, discard or flush. False: it had not been asked.</summary>
    public bool OnAck(Replica replica, JobId id, ErrorCode result, Instant now)
    {
        var job = _jobs.Find(id);
        if (job is null || !job.IsMutating || job[replica.Id] != JobProgress.Sent)
        {
            return false;
        }

        NoteAnswer(replica, job);
        if (result != ErrorCode.None)
        {
            job[replica.Id] = JobProgress.Failed;
            return true;
        }

        job[replica.Id] = JobProgress.Done;
        if (++job.DoneCount >= Quorum)
        {
            Answer(job, ErrorCode.None);
        }

        if (job.Kind == RequestKind.Flush)
        {
            RetireFlushed(now);
        }

        return true;
    }

    /// <summary>
    /// A read's answer arrived. The job to check it against, which from now until <see cref="EndDelivery"/> stays with this
    /// replica; null: nobody waits for it any more, or (<paramref name="known"/> false) it had not been asked.
    /// </summary>
    public Job? BeginDelivery(Replica replica, JobId id, out bool known)
    {
        var job = _jobs.Find(id);
        known = job is not null && job.Kind == RequestKind.Read && job[replica.Id] == JobProgress.Sent;
        if (!known)
        {
            return null;
        }

        NoteAnswer(replica, job!);
        if (job!.Answered)
        {
            job[replica.Id] = JobProgress.Done;
            Retire(job);
            _jobs.DropRetired();
            return null;
        }

        job.Delivering = true;
        return job;
    }

    /// <summary>The data of a read was checked and handed to the guest, or was bad.</summary>
    public void EndDelivery(Replica replica, Job job, ErrorCode result, Instant now)
    {
        job.Delivering = false;
        job[replica.Id] = result == ErrorCode.None ? JobProgress.Done : JobProgress.Failed;
        if (result == ErrorCode.None || _ended is not null)
        {
            Answer(job, result == ErrorCode.None ? ErrorCode.None : _ended!.Value);
            Retire(job);
            DropRetired(now);
            return;
        }

        replica.BadReads++;
        Route(job, result, now);
    }

    /// <summary>A replica lost its connection, or its place: its reads go elsewhere.</summary>
    public void OnReplicaGone(Replica replica, Instant now)
    {
        replica.OutstandingJobs = 0;
        replica.OutstandingBytes = 0;
        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            if (_jobs.Find(id) is not { Retired: false, Delivering: false } job || job[replica.Id] != JobProgress.Sent)
            {
                continue;
            }

            job[replica.Id] = JobProgress.NotSent;
            if (job.Kind == RequestKind.Read)
            {
                Route(job, ErrorCode.NotEnoughReplicas, now);
            }
        }

        if (!replica.KeepsPlace)
        {
            RouteStranded(now);
            RetireFlushed(now);
        }
    }

    /// <summary>
    /// The replica whose missing answers alone keep room from requests that wait for it: one that is away at once, a
    /// connected one when the oldest request has waited for <see cref="UpstairsSettings.SlowAfter"/>. Null: none.
    /// </summary>
    public Replica? HeldUpBy(Instant now)
    {
        if (!_waiting.TryPeek(out var request) || HasRoom(request)
            || !_flushes.TryPeek(out var flush) || _jobs[flush].DoneCount < Quorum)
        {
            return null;
        }

        foreach (var replica in _replicas.All)
        {
            var isActive = replica.State == ReplicaState.Active;
            if (replica.KeepsPlace && _jobs[flush][replica.Id] != JobProgress.Done
                && (!isActive || now - request.SubmittedAt >= _settings.SlowAfter)
                && ActiveCount() - (isActive ? 1 : 0) >= Quorum)
            {
                return replica;
            }
        }

        return null;
    }

    /// <summary>
    /// A replica that kept its place is back and holds all jobs up to <paramref name="position"/>: the rest is sent again.
    /// False: jobs that it misses are gone.
    /// </summary>
    public bool Replay(Replica replica, JobId position, Instant now)
    {
        if (position.Value + 1 < _unretired.Value)
        {
            return false;
        }

        for (var id = _unretired; id < _jobs.Next; id = id.Next())
        {
            if (_jobs.Find(id) is not { IsMutating: true, Retired: false } job)
            {
                continue;
            }

            // What the replica holds is done there, but for a flush: only its answer says that it was synced.
            if (id <= position && job.Kind != RequestKind.Flush)
            {
                if (job[replica.Id] != JobProgress.Done)
                {
                    job[replica.Id] = JobProgress.Done;
                    if (++job.DoneCount >= Quorum)
                    {
                        Answer(job, ErrorCode.None);
                    }
                }

                continue;
            }

            if (job[replica.Id] == JobProgress.Done)
            {
                if (id <= position)
                {
                    continue;
                }

                job.DoneCount--;
            }

            job[replica.Id] = JobProgress.NotSent;
            SendTo(replica, job, now);
        }

        RouteStranded(now);
        Admit(now);
        return true;
    }

    /// <summary>What time brings: idle flush, requests that waited too long, room.</summary>
    public void OnTick(Instant now)
    {
        if (HasUnflushed && now - _lastWrite >= _settings.FlushTimeout && ActiveCount() >= Quorum && _jobs.Count < _jobs.Capacity)
        {
            IssueFlush(null, now);
        }

        FailOverdue(now);
        Admit(now);
    }

    /// <summary>Answers everything with an error and drops every job: the volume has ended.</summary>
    public void Abort(ErrorCode result)
    {
        _ended = result;
        while (_waiting.TryDequeue(out var request))
        {
            Abandon(request, result);
        }

        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            var job = _jobs[id];
            if (!job.Retired && !job.Delivering)
            {
                Answer(job, result);
                Retire(job);
            }
        }

        _flushes.Clear();
        _unretired = _jobs.Next;
        _sinceFlush = _jobs.Next;
        _unflushed = 0;
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

    private bool HasRoom(GuestRequest request)
    {
        if (_jobs.Count + Math.Max(request.PieceCount, 1) + 1 >= _jobs.Capacity)
        {
            return false;
        }

        return request.Kind switch
        {
            RequestKind.Read => ActiveCount() >= 1,
            RequestKind.Write => _jobs.HeldBytes < _settings.MaxUnretiredBytes && ActiveCount() >= Quorum,
            _ => ActiveCount() >= Quorum,
        };
    }

    private void Admit(Instant now)
    {
        while (_waiting.TryPeek(out var request) && HasRoom(request))
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
            IssueFlush(request, now);
            return;
        }

        request.FirstJob = _jobs.Next;
        request.JobCount = request.PieceCount;
        for (var i = 0; i < request.PieceCount; i++)
        {
            IssuePiece(request, i, now);
        }

        request.ForgetBuffers();
        if (request.Kind == RequestKind.Read)
        {
            return;
        }

        _lastWrite = now;
        _unflushed += request.PieceCount;
        if (_settings.Ack == AckMode.Fast)
        {
            CompleteRequest(request, ErrorCode.None);
        }

        FlushAtHalf(now);
    }

    private void IssuePiece(GuestRequest request, int index, Instant now)
    {
        ref readonly var piece = ref request.Pieces[index];
        var job = _jobs.Add(request.Kind);
        job.Start = piece.Start;
        job.BlockCount = piece.BlockCount;
        job.PieceIndex = index;
        job.Request = request;
        job.RequestId = request.Id;
        job.Trace = request.Trace;
        job.Blocks = piece.Blocks;
        job.Contexts = piece.Contexts;
        switch (request.Kind)
        {
            case RequestKind.Read:
                _writers.AddOverlaps(piece.Start, piece.BlockCount, _unretired, ref job.DependenciesField);
                _output.JobIssued(job);
                Route(job, ErrorCode.NotEnoughReplicas, now);
                return;
            case RequestKind.Write:
                _jobs.HeldBytes += job.Bytes;
                _writers.Write(job.Id, piece.Start, piece.BlockCount, _unretired, ref job.DependenciesField);
                break;
            default:
                _writers.WriteWide(job.Id, piece.Start, piece.BlockCount, _unretired, ref job.DependenciesField);
                break;
        }

        _output.JobIssued(job);
        SendToActive(job, now);
    }

    private void IssueFlush(GuestRequest? request, Instant now)
    {
        var job = _jobs.Add(RequestKind.Flush);
        job.Flush = NextFlush;
        NextFlush = NextFlush.Next();
        job.DependenciesField = JobDependencies.Between(_sinceFlush, job.Id);
        _sinceFlush = job.Id.Next();
        _unflushed = 0;
        _flushes.Enqueue(job.Id);
        if (request is not null)
        {
            job.Request = request;
            job.RequestId = request.Id;
            job.Trace = request.Trace;
            request.FirstJob = job.Id;
            request.JobCount = 1;
        }
        else
        {
            job.RequestId = default;
            job.Answered = true;
        }

        _output.JobIssued(job);
        SendToActive(job, now);
    }

    private void FlushAtHalf(Instant now)
    {
        var jobsSinceFlush = (long)(_jobs.Next.Value - _sinceFlush.Value);
        if (jobsSinceFlush >= _jobs.Capacity / 2
            || (_jobs.HeldBytes >= _settings.MaxUnretiredBytes / 2 && _flushes.Count == 0 && jobsSinceFlush > 0))
        {
            IssueFlush(null, now);
        }
    }

    private void FlushForRoom(Instant now)
    {
        if (_flushes.Count == 0 && HasUnflushed && ActiveCount() >= Quorum && _jobs.Count < _jobs.Capacity)
        {
            IssueFlush(null, now);
        }
    }

    private void SendToActive(Job job, Instant now)
    {
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Active)
            {
                SendTo(replica, job, now);
            }
        }
    }

    private void SendTo(Replica replica, Job job, Instant now)
    {
        if (replica.OutstandingJobs++ == 0)
        {
            replica.LastHeard = now;
        }

        replica.OutstandingBytes += job.Bytes;
        job[replica.Id] = JobProgress.Sent;
        ref readonly var dependencies = ref job.Dependencies;
        switch (job.Kind)
        {
            case RequestKind.Write:
                var write = new WriteHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Contexts!.Memory, job.Trace);
                _output.SendWrite(replica.Id, write, job.Blocks!);
                break;
            case RequestKind.WriteZeroes:
                _output.SendWriteZeroes(replica.Id, new WriteZeroesHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Trace));
                break;
            case RequestKind.Discard:
                _output.SendDiscard(replica.Id, new DiscardHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Trace));
                break;
            case RequestKind.Flush:
                _output.SendFlush(replica.Id, new FlushHeader(Generation, job.Id, dependencies, job.Flush, job.Trace));
                break;
            default:
                _output.SendRead(replica.Id, new ReadHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Trace));
                break;
        }
    }

    // The least loaded replica that was not tried; where all failed, the answer is the last failure.
    private void Route(Job job, ErrorCode lastFailure, Instant now)
    {
        Replica? best = null;
        var candidates = 0;
        for (var i = 0; i < ReplicaId.Count; i++)
        {
            var replica = _replicas.All[(i + _turn) % ReplicaId.Count];
            if (job[replica.Id] != JobProgress.NotSent)
            {
                continue;
            }

            candidates += replica.State == ReplicaState.Active || replica.KeepsPlace ? 1 : 0;
            if (replica.State == ReplicaState.Active && (best is null || replica.OutstandingJobs < best.OutstandingJobs))
            {
                best = replica;
            }
        }

        if (best is not null)
        {
            _turn = (best.Id.Value + 1) % ReplicaId.Count;
            SendTo(best, job, now);
            return;
        }

        // Nobody can be asked now. One that is away may come back: the tick ends the waiting.
        if (candidates == 0)
        {
            Answer(job, lastFailure);
            Retire(job);
            DropRetired(now);
        }
    }

    // Reads that found no replica when theirs went away.
    private void RouteStranded(Instant now)
    {
        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            if (_jobs.Find(id) is { Kind: RequestKind.Read, Retired: false, Delivering: false } job && !IsSentAnywhere(job))
            {
                Route(job, ErrorCode.NotEnoughReplicas, now);
            }
        }
    }

    private bool IsSentAnywhere(Job job)
    {
        foreach (var replica in _replicas.All)
        {
            if (job[replica.Id] == JobProgress.Sent)
            {
                return true;
            }
        }

        return false;
    }

    private static void NoteAnswer(Replica replica, Job job)
    {
        replica.OutstandingJobs--;
        replica.OutstandingBytes -= job.Bytes;
    }

    private void Answer(Job job, ErrorCode result)
    {
        if (job.Answered)
        {
            return;
        }

        job.Answered = true;
        var request = job.Request!;
        job.Request = null;
        if (result != ErrorCode.None)
        {
            request.Result = result;
        }

        request.JobsLeft--;
        if (request.JobsLeft == 0 && !request.Completed)
        {
            CompleteRequest(request, request.Result);
        }
    }

    private void CompleteRequest(GuestRequest request, ErrorCode result)
    {
        request.Completed = true;
        if (_settings.Ack == AckMode.Fast && request.Kind is RequestKind.Write or RequestKind.WriteZeroes or RequestKind.Discard)
        {
            // Answered before its jobs are done: from here the object may serve another request, so no job points at it.
            for (var i = 0; i < request.JobCount; i++)
            {
                var job = _jobs[new JobId(request.FirstJob.Value + (ulong)i)];
                job.Request = null;
                job.Answered = true;
            }
        }

        _output.Complete(request, result);
    }

    private void RetireFlushed(Instant now)
    {
        while (_flushes.TryPeek(out var flush) && IsDoneEverywhere(_jobs[flush]))
        {
            _flushes.Dequeue();
            for (var id = _unretired; id <= flush; id = id.Next())
            {
                if (_jobs.Find(id) is { IsMutating: true, Retired: false } job)
                {
                    Retire(job);
                }
            }

            _unretired = flush.Next();
        }

        DropRetired(now);
    }

    // Done by two at least, and by every replica that keeps its place.
    private bool IsDoneEverywhere(Job flush)
    {
        if (flush.DoneCount < Quorum)
        {
            return false;
        }

        foreach (var replica in _replicas.All)
        {
            if (replica.KeepsPlace && flush[replica.Id] != JobProgress.Done)
            {
                return false;
            }
        }

        return true;
    }

    private void Retire(Job job)
    {
        if (job.Kind == RequestKind.Write)
        {
            _jobs.HeldBytes -= job.Bytes;
        }

        job.Retired = true;
        _output.JobRetired(job.Id, job.RequestId);
        job.Blocks?.Dispose();
        job.Contexts?.Dispose();
        job.Blocks = null;
        job.Contexts = null;
    }

    private void DropRetired(Instant now)
    {
        _jobs.DropRetired();
        if (_waiting.Count > 0)
        {
            Admit(now);
        }
    }

    // Without a quorum what waits for one fails; a read fails when no replica answered it in time.
    private void FailOverdue(Instant now)
    {
        var lacksQuorum = ActiveCount() < Quorum;
        var patience = PlaceCount() < Quorum ? TimeSpan.Zero : _settings.RequestTimeout;
        while (lacksQuorum && _waiting.TryPeek(out var request) && !HasRoom(request) && now - request.SubmittedAt >= patience)
        {
            Abandon(_waiting.Dequeue(), ErrorCode.NotEnoughReplicas);
        }

        if (!lacksQuorum && now - _lastSweep < SweepInterval)
        {
            return;
        }

        _lastSweep = now;
        for (var id = _jobs.Oldest; id < _jobs.Next; id = id.Next())
        {
            var job = _jobs[id];
            if (!job.Retired && !job.Answered && !job.Delivering && IsOverdue(job, lacksQuorum, patience, now))
            {
                FailJob(job);
            }
        }

        _jobs.DropRetired();
    }

    private bool IsOverdue(Job job, bool lacksQuorum, TimeSpan patience, Instant now)
    {
        if (job.IsMutating && !lacksQuorum)
        {
            return false;
        }

        // A read needs one replica only, and that one is asked already.
        var limit = !job.IsMutating && IsSentAnywhere(job) ? _settings.RequestTimeout : patience;
        return now - job.Request!.SubmittedAt >= limit;
    }

    private void FailJob(Job job)
    {
        Answer(job, ErrorCode.NotEnoughReplicas);
        if (!job.IsMutating && !IsSentAnywhere(job))
        {
            Retire(job);
        }
    }

    private void Abandon(GuestRequest request, ErrorCode result)
    {
        request.DropBuffers();
        request.Completed = true;
        _output.Complete(request, result);
    }

    // Replicas that are active or may come back to be replayed.
    private int PlaceCount()
    {
        var count = 0;
        foreach (var replica in _replicas.All)
        {
            count += replica.KeepsPlace ? 1 : 0;
        }

        return count;
    }

    private int ActiveCount() => _replicas.Count(ReplicaState.Active);
}
