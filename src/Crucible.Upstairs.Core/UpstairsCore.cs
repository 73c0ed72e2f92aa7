using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The rules of the upstairs: three replicas, one session, the guest's requests (DESIGN section 5). Pure: it is told what
/// happened and when, and says through <see cref="IUpstairsOutput"/> what to do. One caller at a time.
/// </summary>
public sealed class UpstairsCore
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    // The position of a replica that holds what the session began with.
    private static readonly JobId NoJob = new(JobId.First.Value - 1);

    private readonly UpstairsSettings _settings;
    private readonly StateWatch _output;
    private readonly ReplicaSet _replicas;
    private readonly Activator _activation;
    private readonly GuestWork _work;
    private VolumeState _state = VolumeState.Activating;

    public UpstairsCore(UpstairsSettings settings, IUpstairsOutput output)
    {
        _settings = settings;
        _output = new StateWatch(this, output);
        _replicas = new ReplicaSet(_output);
        _activation = new Activator(settings, _replicas, _output);
        _work = new GuestWork(settings, _replicas, _output);
    }

    public VolumeState State => _state;

    /// <summary>Why the volume has ended, where it has.</summary>
    public string Cause { get; private set; } = "";

    /// <summary>The geometry; null before a replica told it.</summary>
    public RegionDefinition? Definition => _activation.Definition;

    public Generation Generation => _activation.Generation;

    public VolumeId Volume => _activation.Volume;

    /// <summary>The replicas, in the order of the targets.</summary>
    public ReadOnlySpan<Replica> Replicas => _replicas.All;

    /// <summary>Jobs in the table.</summary>
    public int JobCount => _work.JobCount;

    /// <summary>Bytes of unretired writes.</summary>
    public long HeldBytes => _work.HeldBytes;

    /// <summary>Whether something was written since the last flush was issued.</summary>
    public bool HasUnflushed => _work.HasUnflushed;

    /// <summary>Jobs in flight or unretired, oldest first.</summary>
    public IEnumerable<Job> Jobs => _work.Unretired();

    /// <summary>Begins to activate.</summary>
    public void Start(Instant now)
    {
        _activation.Start(now);
        foreach (var replica in _replicas.All)
        {
            Connect(replica, TimeSpan.Zero, now);
        }
    }

    /// <summary>Takes a guest's request over; it is answered through the output, at once or later.</summary>
    public void Submit(GuestRequest request, Instant now)
    {
        var refusal = _state switch
        {
            VolumeState.Active when _settings.ReadOnly && request.Kind is not (RequestKind.Read or RequestKind.Flush) => ErrorCode.ReadOnly,
            VolumeState.Active => ErrorCode.None,
            VolumeState.Superseded => ErrorCode.Superseded,
            VolumeState.Closed => ErrorCode.Closed,
            _ => ErrorCode.NotEnoughReplicas,
        };
        if (refusal != ErrorCode.None || (_settings.ReadOnly && request.Kind == RequestKind.Flush))
        {
            request.DropBuffers();
            _output.Complete(request, refusal);
            return;
        }

        _work.Submit(request, now);
    }

    /// <summary>The engine has connected to a replica.</summary>
    public void OnConnected(ReplicaId id, Instant now)
    {
        var replica = _replicas[id];
        if (HasEnded || replica.State != ReplicaState.Connecting)
        {
            _output.Disconnect(id, "not wanted any more");
            return;
        }

        _replicas.Change(replica, ReplicaState.Greeting, now, "connected");
        replica.LastHeard = now;
        replica.ProbedAt = Instant.Never;
        _output.Send(id, new HereIAmHeader(
            (uint)ProtocolVersions.Oldest, (uint)ProtocolVersions.Newest, _settings.Upstairs, _settings.Session,
            _activation.Generation, _settings.ReadOnly, _settings.Encrypted, _settings.Trace));
    }

    /// <summary>A replica could not be connected to, or its connection has ended by itself.</summary>
    public void OnDisconnected(ReplicaId id, string reason, Instant now)
    {
        var replica = _replicas[id];
        if (HasEnded || replica.State is ReplicaState.Faulted or ReplicaState.Refused or ReplicaState.Disconnected)
        {
            return;
        }

        Lose(replica, reason, now);
    }

    /// <summary>Anything at all arrived from a replica.</summary>
    public void OnHeard(ReplicaId id, Instant now)
    {
        var replica = _replicas[id];
        replica.LastHeard = now;
        replica.ProbedAt = Instant.Never;
    }

    public void OnYesItsMe(ReplicaId id, in YesItsMeHeader region, Instant now)
    {
        var replica = _replicas[id];
        if (!Expect(replica, ReplicaState.Greeting, "YesItsMe", now))
        {
            return;
        }

        if (_activation.Accept(replica, region) is { } problem)
        {
            Refuse(replica, problem, now);
            if (!_activation.IsFinished)
            {
                End(VolumeState.Failed, VolumeFailure.Mismatch, problem);
            }

            return;
        }

        _replicas.Change(replica, ReplicaState.Waiting, now, "greeted");
        _activation.Advance(now);
    }

    public void OnRefused(ReplicaId id, in RefusedHeader refusal, Instant now)
    {
        var replica = _replicas[id];
        if (refusal.Code == RefusalCode.Busy)
        {
            _output.Disconnect(id, "busy");
            Lose(replica, refusal.Text, now);
            return;
        }

        Refuse(replica, $"refused ({refusal.Code}): {refusal.Text}", now);
        switch (refusal.Code)
        {
            case RefusalCode.Generation when _activation.IsFinished || _settings.Generation != Generation.None:
                GiveUpIfSuperseded($"generation {_activation.Generation} was refused: {refusal.Promised} was promised before");
                break;
            case RefusalCode.Generation:
                End(VolumeState.Failed, VolumeFailure.Generation, $"another upstairs took generation {refusal.Promised} meanwhile; try again");
                break;
            case RefusalCode.Faulted:
                break;
            case var code when !_activation.IsFinished:
                var failure = code == RefusalCode.Identity ? VolumeFailure.Mismatch : VolumeFailure.Incompatible;
                End(VolumeState.Failed, failure, $"target {id} refused ({code}): {refusal.Text}");
                break;
        }
    }

    public void OnYouAreNowActive(ReplicaId id, in YouAreNowActiveHeader header, Instant now)
    {
        var replica = _replicas[id];
        if (!Expect(replica, ReplicaState.Promoting, "YouAreNowActive", now))
        {
            return;
        }

        if (header.Generation != _activation.Generation)
        {
            Violation(replica, $"was promoted to generation {header.Generation} instead of {_activation.Generation}", now);
            return;
        }

        _activation.Learn(replica, now);
    }

    public void OnYouAreNoLongerActive(ReplicaId id, in YouAreNoLongerActiveHeader header, Instant now)
    {
        Refuse(_replicas[id], $"generation {header.Promised} took over", now);
        GiveUpIfSuperseded($"generation {header.Promised} took over");
    }

    public void OnRegionInfo(ReplicaId id, in RegionInfoHeader info, Instant now)
    {
        var replica = _replicas[id];
        if (Expect(replica, ReplicaState.Learning, "RegionInfo", now))
        {
            _activation.OnRegionInfo(replica, info, now);
            AfterLearning(replica, now);
        }
    }

    public void OnExtentVersions(ReplicaId id, in ExtentVersionsHeader versions, Instant now)
    {
        var replica = _replicas[id];
        if (!_activation.OnVersions(replica, versions, now))
        {
            Violation(replica, "told extent versions that were not asked for", now);
            return;
        }

        AfterLearning(replica, now);
    }

    /// <summary>A replica answered a job without data.</summary>
    public void OnJobAck(ReplicaId id, in JobAckHeader ack, Instant now)
    {
        var replica = _replicas[id];
        if (ack.Job.IsControl)
        {
            OnControlAck(replica, ack, now);
            return;
        }

        if (replica.State != ReplicaState.Active || !_work.OnAck(replica, ack.Job, ack.Result, now))
        {
            Violation(replica, $"acknowledged job {ack.Job}, which it was not asked for", now);
            return;
        }

        if (ack.Result == ErrorCode.NotActive)
        {
            Refuse(replica, "another upstairs took over", now);
            GiveUpIfSuperseded("another upstairs took over");
        }
        else if (ack.Result != ErrorCode.None)
        {
            Fault(replica, $"could not do job {ack.Job}: {ack.Result}", now);
        }
    }

    /// <summary>The contexts of a range arrived.</summary>
    public void OnContexts(ReplicaId id, in ContextsAckHeader ack, Instant now)
    {
        var copier = _activation.Copier;
        if (copier is null || !copier.Owns(id, ack.Job) || !copier.OnContexts(id, ack.Result, ack.Contexts.Span))
        {
            Violation(_replicas[id], "told contexts that were not asked for", now);
            return;
        }

        _activation.Advance(now);
    }

    /// <summary>The range of a read for repair that waits for this answer; null: it was not asked for.</summary>
    public (BlockIndex Start, uint BlockCount)? RepairRead(ReplicaId id, JobId job) =>
        _activation.Copier is { } copier && copier.IsReading(id, job) ? copier.Run : null;

    /// <summary>Blocks for repair arrived and were checked; <paramref name="blocks"/> is given away.</summary>
    public void OnRepairBlocks(ReplicaId id, JobId job, ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks, Instant now)
    {
        var copier = _activation.Copier;
        if (copier is null || !copier.IsReading(id, job))
        {
            blocks?.Dispose();
            Violation(_replicas[id], "sent blocks that were not asked for", now);
            return;
        }

        copier.OnBlocks(result, contexts, blocks);
        _activation.Advance(now);
    }

    /// <summary>
    /// A read's answer arrived: the job to check it against, or null where nobody waits for it. After checking, and handing
    /// the data to the guest, <see cref="EndDelivery"/> must follow; until then the job stays with this replica.
    /// </summary>
    public Job? BeginDelivery(ReplicaId id, JobId job, Instant now)
    {
        var replica = _replicas[id];
        var found = _work.BeginDelivery(replica, job, out var known);
        if (!known)
        {
            Violation(replica, $"answered read {job}, which it was not asked for", now);
        }

        return found;
    }

    /// <summary>The data of a read was checked and handed over, or was bad and goes to another replica.</summary>
    public void EndDelivery(ReplicaId id, Job job, ErrorCode result, Instant now) =>
        _work.EndDelivery(_replicas[id], job, result, now);

    /// <summary>A peer broke the protocol, as the engine saw it.</summary>
    public void OnViolation(ReplicaId id, string what, Instant now) => Violation(_replicas[id], what, now);

    /// <summary>Time passes. Called every few tens of milliseconds.</summary>
    public void OnTick(Instant now)
    {
        if (HasEnded)
        {
            return;
        }

        foreach (var replica in _replicas.All)
        {
            Watch(replica, now);
        }

        if (_state == VolumeState.Active && _work.HeldUpBy(now) is { } slow)
        {
            GiveUpPlace(slow, now);
        }

        _activation.Advance(now);
        if (_state == VolumeState.Active)
        {
            _work.OnTick(now);
        }
    }

    /// <summary>Ends the volume: everything outstanding is answered, every connection closed.</summary>
    public void Close(Instant now)
    {
        foreach (var replica in _replicas.All)
        {
            if (replica.State is not (ReplicaState.Disconnected or ReplicaState.Connecting or ReplicaState.Faulted or ReplicaState.Refused))
            {
                _output.Send(replica.Id, new GoodbyeHeader("the volume is closed"));
            }
        }

        End(VolumeState.Closed, VolumeFailure.None, "closed");
    }

    private bool HasEnded => _state is not (VolumeState.Activating or VolumeState.Active);

    private void OnControlAck(Replica replica, in JobAckHeader ack, Instant now)
    {
        if (!_activation.OnControlAck(replica, ack.Job, ack.Result, now, out var fault))
        {
            Violation(replica, $"acknowledged control job {ack.Job}, which it was not asked for", now);
            return;
        }

        if (fault is not null)
        {
            Fault(replica, fault, now);
            return;
        }

        if (_activation.IsFinished && replica is { State: ReplicaState.Marking, Marked: true })
        {
            Rejoin(replica, NoJob, now);
            return;
        }

        _activation.Advance(now);
    }

    private void AfterLearning(Replica replica, Instant now)
    {
        if (!_activation.IsFinished)
        {
            _activation.Advance(now);
            return;
        }

        if (replica.State != ReplicaState.Learnt)
        {
            return;
        }

        var info = replica.Info!.Value;
        if (_settings.ReadOnly)
        {
            RejoinReadOnly(replica, now);
        }
        else if (!replica.KeepsPlace)
        {
            Fault(replica, "came back too late to be replayed; it will be repaired at the next activation", now);
        }
        else if (info.InSync == _activation.Generation && !info.Repairing && info.PositionGeneration == _activation.Generation)
        {
            // One that recorded that it is in sync and has done nothing since tells job 0.
            Rejoin(replica, info.PositionJob < NoJob ? NoJob : info.PositionJob, now);
        }
        else if (_activation.HeldTheStartState(replica))
        {
            _activation.Mark(replica, now);
        }
        else
        {
            Fault(replica, "holds another state than this session began with; it will be repaired at the next activation", now);
        }
    }

    private void Rejoin(Replica replica, JobId position, Instant now)
    {
        _replicas.Change(replica, ReplicaState.Active, now, $"holds jobs up to {position}; the rest is sent again");
        replica.AwaySince = Instant.Never;
        replica.LastHeard = now;
        if (!_work.Replay(replica, position, now))
        {
            Fault(replica, $"holds jobs up to {position} only, and later ones are gone; it will be repaired at the next activation", now);
        }
    }

    // Nothing is written, so there is nothing to replay: it serves again if it holds what it held.
    private void RejoinReadOnly(Replica replica, Instant now)
    {
        if (!_activation.HeldTheStartState(replica))
        {
            Fault(replica, "holds another state than this session began with", now);
            return;
        }

        replica.KeepsPlace = true;
        Rejoin(replica, NoJob, now);
    }

    // Its backlog takes the room that the guest needs (DESIGN section 5, "away" and "slow").
    private void GiveUpPlace(Replica replica, Instant now)
    {
        if (replica.State == ReplicaState.Active)
        {
            Fault(replica, "too slow: its backlog took all room; it will be repaired at the next activation", now);
            return;
        }

        replica.KeepsPlace = false;
        replica.Cause = "away, and its backlog took all room";
        _work.OnReplicaGone(replica, now);
    }

    private void Watch(Replica replica, Instant now)
    {
        if (replica.State is ReplicaState.Disconnected or ReplicaState.Connecting or ReplicaState.Greeting && replica.KeepsPlace
            && replica.AwaySince != Instant.Never && now - replica.AwaySince >= _settings.AwayLimit && _state == VolumeState.Active)
        {
            replica.KeepsPlace = false;
            replica.Cause = $"away for more than {_settings.AwayLimit.TotalSeconds:0} s";
            _work.OnReplicaGone(replica, now);
            return;
        }

        var waits = replica.State switch
        {
            ReplicaState.Active => replica.OutstandingJobs > 0,
            ReplicaState.Greeting or ReplicaState.Promoting or ReplicaState.Learning or ReplicaState.Marking => true,
            ReplicaState.Learnt or ReplicaState.Reconciling =>
                _activation.Copier is { } copier && (copier.Source == replica || copier.Target == replica),
            _ => false,
        };
        if (!waits || now - replica.LastHeard < _settings.ProbeAfter)
        {
            return;
        }

        if (replica.ProbedAt == Instant.Never)
        {
            replica.ProbedAt = now;
            if (replica.State != ReplicaState.Greeting)
            {
                _output.Send(replica.Id, new RuokHeader((ulong)now.Ticks));
            }
        }
        else if (now - replica.ProbedAt >= _settings.HungAfter)
        {
            _output.Disconnect(replica.Id, "answers nothing");
            Lose(replica, $"answered nothing for {(now - replica.LastHeard).TotalSeconds:0.0} s", now);
        }
    }

    private bool Expect(Replica replica, ReplicaState state, string message, Instant now)
    {
        if (replica.State == state)
        {
            return true;
        }

        Violation(replica, $"sent {message} while {replica.State}", now);
        return false;
    }

    private void Violation(Replica replica, string what, Instant now)
    {
        if (replica.State is ReplicaState.Disconnected or ReplicaState.Faulted or ReplicaState.Refused or ReplicaState.Connecting)
        {
            return;
        }

        _output.Disconnect(replica.Id, what);
        Lose(replica, $"broke the protocol: {what}", now);
    }

    // The connection is gone; the place is kept for now.
    private void Lose(Replica replica, string reason, Instant now)
    {
        if (replica.State == ReplicaState.Active)
        {
            replica.AwaySince = now;

            // One that breaks again at once is not tried again at once for ever.
            replica.Attempts = now - replica.Since >= LongestRetry ? 0 : replica.Attempts;
        }

        var tookPart = Activator.TakesPart(replica);
        _replicas.Change(replica, ReplicaState.Disconnected, now, reason);
        _work.OnReplicaGone(replica, now);
        if (tookPart)
        {
            _activation.OnLost(replica, now);
        }

        if (_state is VolumeState.Activating or VolumeState.Active)
        {
            Connect(replica, RetryDelay(replica), now, reason);
        }
    }

    // It can't be kept alike in this session.
    private void Fault(Replica replica, string cause, Instant now)
    {
        _output.Disconnect(replica.Id, cause);
        replica.KeepsPlace = false;
        var tookPart = Activator.TakesPart(replica);
        _replicas.Change(replica, ReplicaState.Faulted, now, cause);
        _work.OnReplicaGone(replica, now);
        if (tookPart)
        {
            _activation.OnLost(replica, now);
        }
    }

    private void Refuse(Replica replica, string cause, Instant now)
    {
        if (replica.State is ReplicaState.Faulted or ReplicaState.Disconnected or ReplicaState.Connecting)
        {
            return;
        }

        _output.Disconnect(replica.Id, cause);
        replica.KeepsPlace = false;
        var tookPart = Activator.TakesPart(replica);
        _replicas.Change(replica, replica.State is ReplicaState.Learnt or ReplicaState.Reconciling or ReplicaState.Marking
            ? ReplicaState.Faulted : ReplicaState.Refused, now, cause);
        _work.OnReplicaGone(replica, now);
        if (tookPart)
        {
            _activation.OnLost(replica, now);
        }
    }

    private void GiveUpIfSuperseded(string cause)
    {
        var usable = 0;
        foreach (var replica in _replicas.All)
        {
            usable += replica.State is ReplicaState.Refused or ReplicaState.Faulted ? 0 : 1;
        }

        if (usable < GuestWork.Quorum || !_activation.IsFinished)
        {
            End(_activation.IsFinished ? VolumeState.Superseded : VolumeState.Failed, VolumeFailure.Generation, cause);
        }
    }

    private void Connect(Replica replica, TimeSpan delay, Instant now, string? cause = null)
    {
        _replicas.Change(replica, ReplicaState.Connecting, now, cause ?? "connecting");
        _output.Connect(replica.Id, delay);
    }

    // At once the first time, then 50 ms doubling to 2 s; spread by the replica's number so that three don't knock together.
    private static TimeSpan RetryDelay(Replica replica)
    {
        var attempt = replica.Attempts++;
        if (attempt == 0)
        {
            return TimeSpan.Zero;
        }

        var delay = FirstRetry * Math.Pow(2, Math.Min(attempt - 1, 6)) * (1 + (0.1 * replica.Id.Value));
        return delay < LongestRetry ? delay : LongestRetry;
    }

    private void End(VolumeState state, VolumeFailure failure, string cause)
    {
        if (_state is VolumeState.Active or VolumeState.Activating)
        {
            _output.VolumeChanged(state, failure, cause);
        }
    }

    // Every way to another volume state ends here, also the ones that the parts take by themselves.
    private void OnVolumeChanged(VolumeState state, string cause)
    {
        _state = state;
        Cause = cause;
        if (state == VolumeState.Active)
        {
            _work.Generation = _activation.Generation;
            _work.NextFlush = _activation.FirstFlush;
            return;
        }

        _work.Abort(state switch
        {
            VolumeState.Superseded => ErrorCode.Superseded,
            VolumeState.Closed => ErrorCode.Closed,
            _ => ErrorCode.NotEnoughReplicas,
        });
        foreach (var replica in _replicas.All)
        {
            _output.Disconnect(replica.Id, cause);
        }
    }

    /// <summary>Passes everything on, and lets the core see changes of the volume's state first.</summary>
    private sealed class StateWatch(UpstairsCore core, IUpstairsOutput output) : IUpstairsOutput
    {
        public void Connect(ReplicaId replica, TimeSpan delay) => output.Connect(replica, delay);

        public void Disconnect(ReplicaId replica, string reason) => output.Disconnect(replica, reason);

        public void Send<T>(ReplicaId to, in T header)
            where T : struct, IWireHeader<T> => output.Send(to, header);

        public void SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks) => output.SendWrite(to, header, blocks);

        public void SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header) => output.SendWriteZeroes(to, header);

        public void SendDiscard(ReplicaId to, in DiscardHeader header) => output.SendDiscard(to, header);

        public void SendRead(ReplicaId to, in ReadHeader header) => output.SendRead(to, header);

        public void SendFlush(ReplicaId to, in FlushHeader header) => output.SendFlush(to, header);

        public void SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks) =>
            output.SendRepairWrite(to, header, blocks);

        public void Complete(GuestRequest request, ErrorCode result) => output.Complete(request, result);

        public void JobIssued(Job job) => output.JobIssued(job);

        public void JobRetired(JobId job, GuestRequestId request) => output.JobRetired(job, request);

        public void ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause) =>
            output.ReplicaChanged(replica, from, to, cause);

        public void VolumeChanged(VolumeState state, VolumeFailure failure, string cause)
        {
            core.OnVolumeChanged(state, cause);
            output.VolumeChanged(state, failure, cause);
        }
    }
}
