using Crucible.Downstairs;
using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>
/// One replica's machine and the daemon on it: a thin engine of one thread round the shipping core and the shipping storage
/// engine. What the daemon's threads do beside each other are events here, between any two of which it can die.
/// </summary>
internal sealed class DownstairsNode : IListener
{
    private static readonly TimeSpan EngineBeat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RestartRetry = TimeSpan.FromMilliseconds(500);

    private readonly SimulationRandom _random;
    private readonly Queue<(DownstairsPeer From, byte[] Bytes)> _arrived = new();
    private readonly List<DownstairsPeer> _touched = [];
    private DownstairsCore? _core;
    private AppendStage? _stage;
    private RegionApplier? _applier;
    private RegionReads? _reads;
    private RegionSyncer? _syncer;
    private int _lastConnection;
    private bool _busy;
    private double? _powerKeeps;

    /// <param name="world">Where it is.</param>
    /// <param name="replica">Which of the three it is.</param>
    /// <param name="address">Where it listens; that of the first three is their number.</param>
    public DownstairsNode(World world, int replica, int address)
    {
        World = world;
        Replica = replica;
        Address = address;
        Name = address == replica ? $"downstairs {replica}" : $"downstairs {address}, replica {replica}";
        _random = world.Random.Fork(100 + (ulong)address);
        Process = new SimulatedProcess(world.Scheduler, OnDied);
        Disk = new SimulatedStorage { Path = Name };
    }

    public World World { get; }

    public int Replica { get; }

    public int Address { get; }

    /// <summary>Another one took its place: nobody asks it for anything any more.</summary>
    public bool IsReplaced => World.Downstairs[Replica] != this;

    public string Name { get; }

    public SimulatedProcess Process { get; }

    public SimulatedStorage Disk { get; }

    public bool HasPower { get; private set; } = true;

    /// <summary>How fast its disk is.</summary>
    public DiskSpeed Speed { get; set; } = DiskSpeed.Normal;

    /// <summary>The open region; null while there is none.</summary>
    public Region? Region { get; private set; }

    /// <summary>What a sync that succeeded covered, as the region tells its position.</summary>
    public ReplicaPosition Durable { get; private set; }

    /// <summary>Why the region could not be opened the last time; null where it could.</summary>
    public CrucibleException? OpenFailure { get; private set; }

    /// <summary>Called once, when the next apply begins.</summary>
    public Action? BeforeApply { get; set; }

    /// <summary>Batches that arrived and wait: what the sockets of a real daemon would hold.</summary>
    public int ArrivedCount => _arrived.Count;

    /// <summary>Starts the daemon. Where the region can't be opened it ends at once.</summary>
    public void Start()
    {
        if (Process.IsRunning || !HasPower)
        {
            return;
        }

        Process.Begin();
        Process.Run(Process.Life, Open);
    }

    /// <summary>Kill -9.</summary>
    public void Kill(string why)
    {
        if (Process.IsRunning)
        {
            Process.Die();
            OnDied(why);
        }
    }

    /// <summary>The machine loses its power: what was not synced is lost or not, sector by sector.</summary>
    public void LosePower(double keep)
    {
        if (!HasPower)
        {
            return;
        }

        HasPower = false;
        if (Process.IsRunning)
        {
            Process.Die();
        }

        World.Network.Vanish(Address);
        Forget();
        Disk.Crash(_random, keep);
        Durable = default;
    }

    /// <summary>The daemon dies in what it does now because its machine loses power.</summary>
    public void LosePowerOnceDead(double keep) => _powerKeeps = keep;

    public void ReturnPower()
    {
        if (!HasPower)
        {
            HasPower = true;
            World.Network.Return(Address);
        }
    }

    /// <summary>The directory is emptied and a new region made in it, at the same address.</summary>
    public void MakeRegion(Guid id)
    {
        var fresh = new SimulatedStorage();
        RegionTemplate.Make(fresh, World.Plan.Geometry, new RegionId(id), World.Plan.JournalStart(Replica));
        Disk.Restore(fresh);
        Durable = default;
    }

    public IConnectionEnd Accept(SimulatedConnection connection)
    {
        var peer = new DownstairsPeer(this, connection);
        Process.Run(Process.Life, () =>
        {
            if (_core is null)
            {
                connection.Close(byReplica: true, "not open yet");
                peer.IsGone = true;
                return;
            }

            peer.Peer = _core.Connect(new ConnectionId(++_lastConnection), peer);
            FlushTouched();
        });
        return peer;
    }

    public void OnBytes(DownstairsPeer from, byte[] bytes)
    {
        World.Story.Mark(TraceMark.Arrived, (ulong)Replica, (ulong)bytes.Length);
        _arrived.Enqueue((from, bytes));
        LimitCheck.OnArrived(this);
        Pump();
    }

    public void OnEnded(DownstairsPeer peer)
    {
        if (!peer.IsGone)
        {
            peer.IsGone = true;
            if (peer.Peer is not null)
            {
                _core?.OnDisconnected(peer.Peer);
            }
        }
    }

    public void Touch(DownstairsPeer peer)
    {
        if (!_touched.Contains(peer))
        {
            _touched.Add(peer);
        }
    }

    public void Answer(DownstairsPeer to, byte[] frame)
    {
        to.Enqueue(frame);
        Touch(to);
    }

    public void RequestSync() => _syncer!.Request();

    /// <summary>A sync of the region has ended well; it covered all up to this position.</summary>
    public void OnSynced(ReplicaPosition position)
    {
        Durable = position;
        World.Checks.Durability.OnSynced(Address, position);
    }

    /// <summary>Sends all answers that wait.</summary>
    public void FlushTouched()
    {
        // Ending a connection may touch others.
        for (var i = 0; i < _touched.Count; i++)
        {
            _touched[i].Flush();
        }

        _touched.Clear();
    }

    private void Open()
    {
        try
        {
            Region = Region.Open(Disk, new RegionOpenOptions { ExtentHandles = World.Plan.ExtentHandles, LargeWriteBytes = World.Plan.LargeWriteBytes });
        }
        catch (CrucibleException e)
        {
            OpenFailure = e;
            World.Coverage.Count(Outcome.RegionsThatDidNotOpen);
            World.Operator.KeepDown(this, RestartRetry);
            throw new ProcessKilledException($"cannot open its region: {e.Message}");
        }

        OpenFailure = null;
        _applier = new RegionApplier(this, _random, Region);
        _stage = new AppendStage(Region, _applier.MakeRoom);
        _core = new DownstairsCore(new DownstairsOutput(this, Region, _stage), Region.Definition, Region.Id, servedReadOnly: false);
        _reads = new RegionReads(this, Region);
        _syncer = new RegionSyncer(this, _random, Region, _core);
        _applier.Start();
        if (World.Story.IsOn)
        {
            var state = Region.State;
            Tell($"is up: position {state.Position}, in sync in {state.InSyncGeneration}, promised {state.PromisedGeneration}"
                + (state.Repairing ? ", under repair" : ""));
        }
    }

    private void OnDied(string why)
    {
        if (_powerKeeps is { } keep)
        {
            _powerKeeps = null;
            LosePower(keep);
            World.OnLoss();
            Tell($"is dark: {why}");
            World.Story.Mark(TraceMark.Process, (ulong)Replica);
            World.OnDownstairsDied(this);
            return;
        }

        World.Network.CloseFrom(Address, "connection reset");
        Forget();
        Disk.Kill();
        Tell($"died: {why}");
        World.Story.Mark(TraceMark.Process, (ulong)Replica);
        World.OnDownstairsDied(this);
    }

    private void Forget()
    {
        Disk.DieAfter(0, 0, null);
        BeforeApply = null;
        Region = null;
        _core = null;
        _stage = null;
        _applier = null;
        _reads = null;
        _syncer = null;
        _arrived.Clear();
        _touched.Clear();
        _busy = false;
    }

    // One connection's batch after the other; while one waits for its commit the others wait behind it, and what arrives on a
    // connection meanwhile is one batch.
    private void Pump()
    {
        while (!_busy && _core is not null && _arrived.TryDequeue(out var next))
        {
            next.From.Frames.Add(next.Bytes);
            while (_arrived.TryPeek(out var more) && more.From == next.From)
            {
                next.From.Frames.Add(_arrived.Dequeue().Bytes);
            }

            Work(next.From);
        }
    }

    private void Work(DownstairsPeer from)
    {
        if (from.IsGone || from.Peer is null)
        {
            return;
        }

        try
        {
            while (from.Frames.TryTake(out var header, out var payload))
            {
                Take(from, header, payload);
            }
        }
        catch (ProtocolViolationException e)
        {
            _core!.OnViolation(from.Peer, e.Message);
        }

        if (!_core!.NeedsCommit)
        {
            FlushTouched();
            return;
        }

        _busy = true;
        var time = Speed.Append(_random);
        for (var beat = EngineBeat; beat < time; beat += EngineBeat)
        {
            Process.After(beat, () => Beat(from));
        }

        Process.After(time, () =>
        {
            Commit();
            FlushTouched();
            _busy = false;
            Pump();
        });
    }

    // The daemon tells a peer whose frames it works at for long that it is there.
    private void Beat(DownstairsPeer to)
    {
        if (!to.IsGone && _busy)
        {
            to.Connection.Send(towardsReplica: false, World.Writer.Encode(new ImokHeader(0)));
        }
    }

    private void Take(DownstairsPeer from, in FrameHeader header, ReadOnlyMemory<byte> payload)
    {
        if (DownstairsCore.Appends(header.Kind) && !_stage!.TakesAnyJob)
        {
            Commit();
            if (!_stage.TakesAnyJob)
            {
                FlushTouched();
                _stage.MakeRoom(_core!);
            }
        }

        if (DownstairsCore.CommitBefore(header.Kind) == CommitRule.Always)
        {
            Commit();
        }

        _core!.OnFrame(from.Peer, header, payload);
        ref var deferred = ref from.Deferred;
        var kind = deferred.Kind;
        deferred.Kind = DeferredKind.Nothing;
        switch (kind)
        {
            case DeferredKind.Read:
                CommitIfOverlaps(deferred.Read.Start, deferred.Read.BlockCount);
                var read = deferred.Read;
                Process.After(Speed.Read(_random), () => _reads!.Read(from, read));
                break;
            case DeferredKind.ReadStates:
                CommitIfOverlaps(deferred.ReadStates.Start, deferred.ReadStates.BlockCount);
                var asked = deferred.ReadStates;
                Process.After(Speed.Read(_random), () => _reads!.ReadStates(from, asked));
                break;
            case DeferredKind.ReadContexts:
                CommitIfOverlaps(deferred.ReadContexts.Start, deferred.ReadContexts.BlockCount);
                var wanted = deferred.ReadContexts;
                Process.After(Speed.Read(_random), () => _reads!.ReadContexts(from, wanted));
                break;
            case DeferredKind.Promote:
                Commit();
                _core.OnPromoted(from.Peer, Synced(_stage!.Promote(deferred.Promotion)));
                break;
            case DeferredKind.Note:
                Commit();
                var note = deferred.Note;
                _core.OnNoted(from.Peer, note.Job, Synced(_stage!.Note(note)));
                break;
        }
    }

    // Promotions and notes are synced with all that was appended before them.
    private ErrorCode Synced(ErrorCode result)
    {
        if (DurabilityCheck.Honest(this, result) == ErrorCode.None)
        {
            OnSynced(Region!.State.Position);
        }

        return result;
    }

    private void Commit()
    {
        var result = _stage!.Commit();
        if (_core!.NeedsCommit || result != ErrorCode.None)
        {
            _core.OnCommitted(result);
        }

        World.Story.Mark(TraceMark.Journal, (ulong)Replica, Region!.Appended.Value);
        _applier!.OnAppended();
    }

    private void CommitIfOverlaps(BlockIndex start, uint count)
    {
        if (_stage!.Overlaps(start, count))
        {
            Commit();
        }
    }

    private void Tell(string what)
    {
        if (World.Story.IsOn)
        {
            World.Story.Tell(Name, what);
        }
    }
}
