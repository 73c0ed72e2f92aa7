using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The rules of the upstairs: three replicas, one session, the guest's requests (DESIGN section 5). Pure: it is told what
/// happened and when, and says through <see cref="IUpstairsOutput"/> what to do. One caller at a time.
/// </summary>
public sealed class UpstairsCore
{
    private readonly UpstairsSettings _settings;
    private readonly VolumeStateWatch _output;
    private readonly ReplicaSet _replicas;
    private readonly Activator _activation;
    private readonly GuestWork _work;
    private readonly RepairWork _repairs;
    private readonly RepairScope _scope;
    private readonly ReplicaKeeper _keeper;
    private readonly ReplicaReturn _return;
    private readonly GuestLatency _latency = new();
    private Instant _now;
    private VolumeState _state = VolumeState.Activating;

    public UpstairsCore(UpstairsSettings settings, IUpstairsOutput output)
    {
        _settings = settings;
        _output = new VolumeStateWatch(output, OnVolumeChanged);
        _replicas = new ReplicaSet(_output);
        _scope = new RepairScope(_replicas, _output);
        _activation = new Activator(settings, _replicas, _output, _scope);
        _work = new GuestWork(settings, _replicas, _output, _latency);
        _repairs = new RepairWork(settings, _scope, _replicas, _latency, _work);
        _work.Repairs = _repairs;
        _keeper = new ReplicaKeeper(settings, _replicas, _output, _activation, _work, _repairs) { State = () => _state };
        _return = new ReplicaReturn(settings, _replicas, _output, _activation, _work, _repairs, _keeper);
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

    /// <summary>Requests that wait for room or for a second replica.</summary>
    public int WaitingCount => _work.WaitingCount;

    /// <summary>Blocks mended because a read found them damaged.</summary>
    public ulong HealedBlocks => _repairs.Healing.MendedBlocks;

    /// <summary>How far the repair of a replica is; null: none is repaired.</summary>
    public RepairProgress? RepairAt(Instant now) => _repairs.Live.ProgressAt(now) ?? _activation.Reconciler.ProgressAt(now);

    /// <summary>How far the last scrub is, or how it ended; null: there was none.</summary>
    public ScrubProgress? ScrubAt(Instant now) => _repairs.Scrub.ProgressAt(now);

    /// <summary>Begins to activate.</summary>
    public void Start(Instant now)
    {
        _activation.Start(now);
        foreach (var replica in _replicas.All)
        {
            _keeper.Connect(replica, TimeSpan.Zero, now, "connecting");
        }
    }

    /// <summary>Takes a guest's request over; it is answered through the output, at once or later.</summary>
    public void Submit(GuestRequest request, Instant now)
    {
        var refusal = _state switch
        {
            VolumeState.Active when _settings.ReadOnly && !(request.Kind.IsRead() || request.Kind == RequestKind.Flush) => ErrorCode.ReadOnly,
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

    /// <summary>Begins a scrub: everything is compared, and read where it lies; what is damaged is mended.</summary>
    /// <param name="bytesPerSecond">Most bytes of the region looked at a second; 0: what the guest does not notice.</param>
    /// <param name="now">What time it is.</param>
    /// <returns>Null; else why not.</returns>
    public string? BeginScrub(long bytesPerSecond, Instant now)
    {
        if (_state != VolumeState.Active || _settings.ReadOnly)
        {
            return _settings.ReadOnly ? "the volume is open read only: nothing can be mended" : $"the volume is {_state}";
        }

        if (_repairs.Scrub.IsRunning)
        {
            return "a scrub is running";
        }

        _repairs.Scrub.Begin(bytesPerSecond, verify: true, now);
        return null;
    }

    /// <summary>Ends a scrub early, if it is the one that runs.</summary>
    public void EndScrub(int number, Instant now)
    {
        if (_repairs.Scrub.Number == number)
        {
            _repairs.Scrub.End(now);
        }
    }

    /// <summary>Whether another region may take a replica's place now; null: it may, else why not.</summary>
    public string? WhyNotReplace(ReplicaId id)
    {
        if (_state != VolumeState.Active || _settings.ReadOnly)
        {
            return _settings.ReadOnly ? "the volume is open read only" : $"the volume is {_state}";
        }

        return _replicas.ActiveMask.Without(id).Count < Retirement.Quorum
            ? "without it fewer than two replicas would be active: repair the others first"
            : null;
    }

    /// <summary>Another region, at an address that the engine knows, takes a replica's place and is repaired.</summary>
    public void Replace(ReplicaId id, string cause, Instant now)
    {
        Invariant.Require(WhyNotReplace(id) is null);
        _keeper.Replace(_replicas[id], cause, now);
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

        _keeper.Lose(replica, reason, now);
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
        if (!_keeper.Expect(replica, ReplicaState.Greeting, "YesItsMe", now))
        {
            return;
        }

        if (_activation.Accept(replica, region) is { } problem)
        {
            _keeper.Refuse(replica, problem, now);
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
            _keeper.Lose(replica, refusal.Text, now);
            return;
        }

        replica.IsSuperseded |= refusal.Code == RefusalCode.Generation;
        _keeper.Refuse(replica, $"refused ({refusal.Code}): {refusal.Text}", now);
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
        if (!_keeper.Expect(replica, ReplicaState.Promoting, "YouAreNowActive", now))
        {
            return;
        }

        if (header.Generation != _activation.Generation)
        {
            _keeper.Violation(replica, $"was promoted to generation {header.Generation} instead of {_activation.Generation}", now);
            return;
        }

        _activation.Learn(replica, now);
    }

    public void OnYouAreNoLongerActive(ReplicaId id, in YouAreNoLongerActiveHeader header, Instant now)
    {
        _replicas[id].IsSuperseded = true;
        _keeper.Refuse(_replicas[id], $"generation {header.Promised} took over", now);
        GiveUpIfSuperseded($"generation {header.Promised} took over");
    }

    public void OnRegionInfo(ReplicaId id, in RegionInfoHeader info, Instant now)
    {
        var replica = _replicas[id];
        if (_keeper.Expect(replica, ReplicaState.Learning, "RegionInfo", now))
        {
            _activation.OnRegionInfo(replica, info, now);
            AfterLearning(replica, now);
        }
    }

    public void OnExtentVersions(ReplicaId id, in ExtentVersionsHeader versions, Instant now)
    {
        var replica = _replicas[id];
        if (replica.State != ReplicaState.Learning && _repairs.Live.OnVersions(replica, versions))
        {
            Advance(now);
            return;
        }

        if (!_activation.OnVersions(replica, versions, now))
        {
            _keeper.Violation(replica, "told extent versions that were not asked for", now);
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

        if (replica.State is not (ReplicaState.Active or ReplicaState.Repairing) || !_work.OnAck(replica, ack.Job, ack.Result, now))
        {
            _keeper.Violation(replica, $"acknowledged job {ack.Job}, which it was not asked for", now);
            return;
        }

        if (ack.Result == ErrorCode.NotActive)
        {
            replica.IsSuperseded = true;
            _keeper.Refuse(replica, "another upstairs took over", now);
            GiveUpIfSuperseded("another upstairs took over");
        }
        else if (ack.Result != ErrorCode.None)
        {
            _keeper.Fault(replica, $"could not do job {ack.Job}: {ack.Result}", now);
        }

        _repairs.Live.OnGuestAnswer(now);
    }

    /// <summary>The contexts of a range arrived.</summary>
    public void OnContexts(ReplicaId id, in ContextsAckHeader ack, Instant now)
    {
        if (!(_activation.OnContexts(id, ack) ?? _repairs.OnContexts(id, ack)))
        {
            _keeper.Violation(_replicas[id], "told contexts that were not asked for", now);
            return;
        }

        Advance(now);
    }

    /// <summary>The range of a read for repair that waits for this answer; null: nobody waits for it.</summary>
    public (BlockIndex Start, uint BlockCount)? RepairRead(ReplicaId id, JobId job) => FindReader(id, job)?.Run;

    /// <summary>Blocks for repair arrived and were checked; <paramref name="blocks"/> is given away.</summary>
    public void OnRepairBlocks(ReplicaId id, JobId job, ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks, Instant now)
    {
        if (FindReader(id, job) is not { } chunk)
        {
            blocks?.Dispose();
            if (!_scope.WasAsked(job))
            {
                _keeper.Violation(_replicas[id], "sent blocks that were not asked for", now);
            }

            return;
        }

        chunk.OnBlocks(result, contexts, blocks);
        Advance(now);
    }

    /// <summary>
    /// A read's answer arrived: the job to check it against, or null where nobody waits for it. After checking, and handing
    /// the data to the guest, <see cref="EndDelivery"/> must follow; until then the job stays with this replica.
    /// </summary>
    public Job? BeginDelivery(ReplicaId id, JobId job, Instant now)
    {
        var replica = _replicas[id];
        var found = _work.BeginDelivery(replica, job, RequestKind.Read, out var known);
        if (!known)
        {
            _keeper.Violation(replica, $"answered read {job}, which it was not asked for", now);
        }

        return found;
    }

    /// <summary>The data of a read was checked and handed over, or was bad and goes to another replica.</summary>
    public void EndDelivery(ReplicaId id, Job job, ErrorCode result, Instant now)
    {
        _work.EndDelivery(_replicas[id], job, result, now);
        _repairs.Live.OnGuestAnswer(now);
    }

    /// <summary>The states of blocks arrived; the request that waits for them gets them, if there is one.</summary>
    public void OnStates(ReplicaId id, in StatesAckHeader ack, Instant now)
    {
        var replica = _replicas[id];
        var job = _work.BeginDelivery(replica, ack.Job, RequestKind.ReadStates, out var known);
        if (job is null)
        {
            if (!known)
            {
                _keeper.Violation(replica, $"told states for job {ack.Job}, which it was not asked for", now);
            }

            return;
        }

        var covered = BlockStateRuns.CountBlocks(ack.Runs.Span);
        if (ack.Result == ErrorCode.None && (covered is null or 0 || covered > job.BlockCount))
        {
            _work.EndDelivery(replica, job, ErrorCode.Unsupported, now);
            _keeper.Violation(replica, $"told states for job {ack.Job} that can't be", now);
            return;
        }

        if (ack.Result == ErrorCode.None)
        {
            job.Request?.TakeStates(job.Start, ack.Runs.Span);
        }

        _work.EndDelivery(replica, job, ack.Result, now);
    }

    /// <summary>A peer broke the protocol, as the engine saw it.</summary>
    public void OnViolation(ReplicaId id, string what, Instant now) => _keeper.Violation(_replicas[id], what, now);

    /// <summary>Time passes. Called every few tens of milliseconds.</summary>
    public void OnTick(Instant now)
    {
        if (HasEnded)
        {
            return;
        }

        _now = now;
        foreach (var replica in _replicas.All)
        {
            _keeper.Watch(replica, now);
        }

        if (_state == VolumeState.Active && _work.HeldUpBy(now) is { } slow)
        {
            GiveUpPlace(slow, now);
        }

        _activation.Advance(now);
        if (_state == VolumeState.Active)
        {
            _work.OnTick(now);
            _latency.OnTick(now, _repairs.IsBusy);
            _repairs.OnTick(now);
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

    private ChunkRepair? FindReader(ReplicaId id, JobId job) =>
        _activation.Reconciler.Crew.FindReader(id, job) ?? _repairs.FindReader(id, job);

    private void Advance(Instant now)
    {
        _now = now;
        _activation.Advance(now);
        if (_state == VolumeState.Active)
        {
            _repairs.Advance(now);
        }
    }

    private void OnControlAck(Replica replica, in JobAckHeader ack, Instant now)
    {
        var finished = false;
        if (!_activation.OnControlAck(replica, ack.Job, ack.Result, now, out var fault)
            && !_repairs.OnAck(replica, ack.Job, ack.Result, out fault, out finished))
        {
            _keeper.Violation(replica, $"acknowledged control job {ack.Job}, which it was not asked for", now);
            return;
        }

        if (fault is not null)
        {
            _keeper.Fault(replica, fault, now);
            return;
        }

        if (finished)
        {
            _return.OnRepaired(replica, now);
        }
        else if (_activation.IsFinished && replica is { State: ReplicaState.Marking, Marked: true })
        {
            _return.OnMarked(replica, now);
        }

        Advance(now);
    }

    private void AfterLearning(Replica replica, Instant now)
    {
        if (!_activation.IsFinished)
        {
            _activation.Advance(now);
        }
        else if (replica.State == ReplicaState.Learnt)
        {
            _return.Decide(replica, now);
        }
    }

    // Its backlog takes the room that the guest needs (DESIGN section 5, "away" and "slow").
    private void GiveUpPlace(Replica replica, Instant now)
    {
        if (replica.State == ReplicaState.Active)
        {
            _keeper.Fault(replica, "too slow: its backlog took all room", now);
            return;
        }

        replica.KeepsPlace = false;
        replica.Cause = "away, and its backlog took all room";
        _work.OnReplicaGone(replica, now);
    }

    private void GiveUpIfSuperseded(string cause)
    {
        var superseded = 0;
        foreach (var replica in _replicas.All)
        {
            superseded += replica.IsSuperseded ? 1 : 0;
        }

        if (superseded >= Retirement.Quorum || !_activation.IsFinished)
        {
            End(_activation.IsFinished ? VolumeState.Superseded : VolumeState.Failed, VolumeFailure.Generation, cause);
        }
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

        var result = state switch
        {
            VolumeState.Superseded => ErrorCode.Superseded,
            VolumeState.Closed => ErrorCode.Closed,
            _ => ErrorCode.NotEnoughReplicas,
        };
        _work.Abort(result, _now);
        foreach (var replica in _replicas.All)
        {
            _output.Disconnect(replica.Id, cause);
        }
    }
}
