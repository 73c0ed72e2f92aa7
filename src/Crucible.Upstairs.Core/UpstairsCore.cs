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
    private readonly VolumeLifecycle _lifecycle;
    private readonly ReplicaKeeper _keeper;
    private readonly ReplicaEntry _entry;
    private readonly ReplicaAnswers _answers;
    private readonly GuestLatency _latency = new();

    public UpstairsCore(UpstairsSettings settings, IUpstairsOutput output)
    {
        _settings = settings;
        _output = new VolumeStateWatch(output, (state, cause) => _lifecycle!.OnVolumeChanged(state, cause));
        _replicas = new ReplicaSet(_output);
        var scope = new RepairScope(_replicas, _output);
        _activation = new Activator(settings, _replicas, _output, scope);
        _work = new GuestWork(settings, _replicas, _output, _latency);
        _repairs = new RepairWork(settings, scope, _replicas, _latency, _work);
        _work.Repairs = _repairs;
        _lifecycle = new VolumeLifecycle(_replicas, _output, _activation, _work, _repairs);
        _keeper = new ReplicaKeeper(settings, _replicas, _output, _activation, _work, _repairs) { State = () => _lifecycle.State };
        var returns = new ReplicaReturn(settings, _replicas, _output, _activation, _work, _repairs, _keeper);
        _entry = new ReplicaEntry(settings, _replicas, _output, _activation, _repairs, _keeper, returns, _lifecycle);
        _answers = new ReplicaAnswers(_replicas, scope, _activation, _work, _repairs, _keeper, returns, _lifecycle);
    }

    public VolumeState State => _lifecycle.State;

    /// <summary>Why the volume has ended, where it has.</summary>
    public string Cause => _lifecycle.Cause;

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
        var refusal = State switch
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
        if (State != VolumeState.Active || _settings.ReadOnly)
        {
            return _settings.ReadOnly ? "the volume is open read only: nothing can be mended" : $"the volume is {State}";
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
        if (State != VolumeState.Active || _settings.ReadOnly)
        {
            return _settings.ReadOnly ? "the volume is open read only" : $"the volume is {State}";
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
    public void OnConnected(ReplicaId id, Instant now) => _entry.OnConnected(id, now);

    /// <summary>A replica could not be connected to, or its connection has ended by itself.</summary>
    public void OnDisconnected(ReplicaId id, string reason, Instant now)
    {
        var replica = _replicas[id];
        if (_lifecycle.HasEnded || replica.State is ReplicaState.Faulted or ReplicaState.Refused or ReplicaState.Disconnected)
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

    public void OnYesItsMe(ReplicaId id, in YesItsMeHeader region, Instant now) => _entry.OnYesItsMe(id, region, now);

    public void OnRefused(ReplicaId id, in RefusedHeader refusal, Instant now) => _entry.OnRefused(id, refusal, now);

    public void OnYouAreNowActive(ReplicaId id, in YouAreNowActiveHeader header, Instant now) =>
        _entry.OnYouAreNowActive(id, header, now);

    public void OnYouAreNoLongerActive(ReplicaId id, in YouAreNoLongerActiveHeader header, Instant now) =>
        _entry.OnYouAreNoLongerActive(id, header, now);

    public void OnRegionInfo(ReplicaId id, in RegionInfoHeader info, Instant now) => _entry.OnRegionInfo(id, info, now);

    public void OnExtentVersions(ReplicaId id, in ExtentVersionsHeader versions, Instant now) =>
        _entry.OnExtentVersions(id, versions, now);

    /// <summary>A replica answered a job without data.</summary>
    public void OnJobAck(ReplicaId id, in JobAckHeader ack, Instant now) => _answers.OnJobAck(id, ack, now);

    /// <summary>The contexts of a range arrived.</summary>
    public void OnContexts(ReplicaId id, in ContextsAckHeader ack, Instant now) => _answers.OnContexts(id, ack, now);

    /// <summary>The range of a read for repair that waits for this answer; null: nobody waits for it.</summary>
    public (BlockIndex Start, uint BlockCount)? RepairRead(ReplicaId id, JobId job) => _answers.RepairRead(id, job);

    /// <summary>Blocks for repair arrived and were checked; <paramref name="blocks"/> is given away.</summary>
    public void OnRepairBlocks(ReplicaId id, JobId job, ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks, Instant now) =>
        _answers.OnRepairBlocks(id, job, result, contexts, blocks, now);

    /// <summary>
    /// A read's answer arrived: the job to check it against, or null where nobody waits for it. After checking, and handing
    /// the data to the guest, <see cref="EndDelivery"/> must follow; until then the job stays with this replica.
    /// </summary>
    public Job? BeginDelivery(ReplicaId id, JobId job, Instant now) => _answers.BeginDelivery(id, job, now);

    /// <summary>The data of a read was checked and handed over, or was bad and goes to another replica.</summary>
    public void EndDelivery(ReplicaId id, Job job, ErrorCode result, Instant now) => _answers.EndDelivery(id, job, result, now);

    /// <summary>The states of blocks arrived; the request that waits for them gets them, if there is one.</summary>
    public void OnStates(ReplicaId id, in StatesAckHeader ack, Instant now) => _answers.OnStates(id, ack, now);

    /// <summary>A peer broke the protocol, as the engine saw it.</summary>
    public void OnViolation(ReplicaId id, string what, Instant now) => _keeper.Violation(_replicas[id], what, now);

    /// <summary>Time passes. Called every few tens of milliseconds.</summary>
    public void OnTick(Instant now)
    {
        if (_lifecycle.HasEnded)
        {
            return;
        }

        _lifecycle.Now = now;
        foreach (var replica in _replicas.All)
        {
            _keeper.Watch(replica, now);
        }

        if (State == VolumeState.Active && _work.HeldUpBy(now) is { } slow)
        {
            _keeper.GiveUpPlace(slow, now);
        }

        _activation.Advance(now);
        if (State == VolumeState.Active)
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

        _lifecycle.End(VolumeState.Closed, VolumeFailure.None, "closed");
    }
}
