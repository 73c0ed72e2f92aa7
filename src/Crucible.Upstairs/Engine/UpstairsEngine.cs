using System.Diagnostics;
using Crucible.Net;
using Crucible.Upstairs.Encryption;

namespace Crucible.Upstairs;

/// <summary>
/// The one caller of one <see cref="UpstairsCore"/>: three replica links, a timer and the guests' threads hand it what
/// happened, under one lock. Nothing blocks under it; what the core wants sent or told is noted, and done after the lock is
/// released, a whole batch of received frames at a time.
/// </summary>
internal sealed class UpstairsEngine : IDisposable
{
    /// <summary>How often the core is told that time passes: fine enough for its shortest timeout, coarse enough to cost nothing.</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private readonly VolumeOptions _options;
    private readonly EngineOutput _output;
    private readonly UpstairsCore _core;
    private readonly ReplicaLink[] _links;
    private readonly ReplicaReceiver _receiver;
    private readonly Timer _timer;
    private readonly ExclusiveRanges _exclusive = new();
    private readonly Settlement _settlement;
    private readonly VolumeOpening _opening;
    private bool _stopped;

    /// <exception cref="InvalidVolumeOptionsException">The options can't be.</exception>
    public UpstairsEngine(VolumeOptions options)
    {
        _options = options;
        Requests = new RequestPool(options.InlineCompletions);
        var targets = EngineSettings.TargetsOf(options);
        var settings = EngineSettings.ForSession(options);
        _links = [.. targets.Select((target, i) => new ReplicaLink(this, new ReplicaId((byte)i), target, options.Pool))];
        _output = new EngineOutput(this, _links, options);
        _core = new UpstairsCore(settings, _output);
        _settlement = new Settlement(_lock, _core, _output);
        _opening = new VolumeOpening(_links);
        Orders = new OperatorOrders(_lock, _core, _links, _settlement);
        _receiver = new ReplicaReceiver(this, _lock, _core, _output, options.Pool);
        _timer = new Timer(static engine => ((UpstairsEngine)engine!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public RequestPool Requests { get; }

    /// <summary>What people may have done to the volume.</summary>
    public OperatorOrders Orders { get; }

    /// <summary>What the guest's requests came to. Guarded by the engine's lock.</summary>
    public RequestCounts Counts => _output.Requests;

    /// <summary>How the replicas came to where they are. Guarded by the engine's lock.</summary>
    public TransitionHistory History => _output.History;

    /// <summary>Seals and opens blocks; made when the volume is active.</summary>
    public BlockSealer Sealer { get; private set; } = null!;

    /// <summary>The geometry; known once the volume is active.</summary>
    public RegionDefinition Definition => _core.Definition!;

    /// <summary>Whether the volume has answered once: then everything about it is known.</summary>
    public bool WasOpened => Sealer is not null;

    /// <summary>Where a replica is, as it was given.</summary>
    public string TargetOf(ReplicaId replica) => _links[replica.Value].Target.ToString();

    /// <summary>Ticks of 100 ns on the system's monotonic clock.</summary>
    public static Instant Now() => new(Stopwatch.GetElapsedTime(0).Ticks);

    /// <summary>Waits until the volume answers; fails when it never will.</summary>
    public Task WaitUntilOpenAsync(CancellationToken cancellationToken) => _opening.WaitAsync(cancellationToken);

    /// <summary>Begins to activate the volume.</summary>
    public void Start()
    {
        foreach (var link in _links)
        {
            link.Start();
        }

        lock (_lock)
        {
            _core.Start(Now());
        }

        _timer.Change(TickInterval, TickInterval);
    }

    /// <summary>Hands a request to the core, or lets it wait behind a read-modify-write that overlaps it.</summary>
    public void Submit(VolumeRequest request, bool exclusive = false)
    {
        lock (_lock)
        {
            if (exclusive || !_exclusive.Holds(request))
            {
                _core.Submit(request, Now());
            }
        }

        _settlement.Settle();
    }

    /// <summary>Keeps other writes of a block range waiting until it is released; null where another one does already.</summary>
    public bool TryBeginExclusive(BlockIndex start, ulong blockCount, out Task released)
    {
        lock (_lock)
        {
            return _exclusive.TryBegin(start, blockCount, out released);
        }
    }

    public void EndExclusive(BlockIndex start)
    {
        lock (_lock)
        {
            foreach (var request in _exclusive.End(start))
            {
                if (!_exclusive.Holds(request))
                {
                    _core.Submit(request, Now());
                }
            }
        }

        _settlement.Settle();
    }

    /// <summary>The waiter of a request gives up. What was sent may still happen; nothing more is delivered.</summary>
    public void Abandon(VolumeRequest request, CancellationToken token)
    {
        lock (_lock)
        {
            if (request.Told)
            {
                return;
            }

            request.Abandoned = true;
            if (request.Deliveries > 0)
            {
                return;
            }

            request.Told = true;
        }

        request.SetResult(new OperationCanceledException(token));
    }

    /// <summary>Looks at the core under the lock.</summary>
    public T Inspect<T>(Func<UpstairsCore, T> look)
    {
        lock (_lock)
        {
            return look(_core);
        }
    }

    /// <summary>One connection's life, on its link's thread: until it ends, or the core gives it up.</summary>
    public void Receive(ReplicaLink link, FrameConnection connection)
    {
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            link.Connection = connection;
            _core.OnConnected(link.Id, Now());
        }

        _settlement.Settle();
        var reason = _receiver.Receive(link, connection);
        lock (_lock)
        {
            if (link.Connection == connection)
            {
                link.Connection = null;
                _core.OnDisconnected(link.Id, reason, Now());
            }
        }

        _settlement.Settle();
    }

    /// <summary>What is done from now on, on this thread, is settled together by <see cref="EndBatch"/>.</summary>
    public void BeginBatch() => _settlement.BeginBatch();

    public void EndBatch() => _settlement.EndBatch();

    public void OnConnectFailed(ReplicaLink link, string reason)
    {
        lock (_lock)
        {
            _core.OnDisconnected(link.Id, reason, Now());
        }

        _settlement.Settle();
    }

    /// <summary>Ends everything: requests are answered, connections closed, threads gone.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            if (!_stopped)
            {
                _stopped = true;
                _core.Close(Now());
            }
        }

        _settlement.Settle();
        foreach (var link in _links)
        {
            link.Stop();
        }

        foreach (var link in _links)
        {
            link.Join();
        }

        Sealer?.Dispose();
    }

    /// <summary>The volume's state has changed. Under the lock.</summary>
    internal void OnVolumeChanged(VolumeState state, VolumeFailure failure, string cause)
    {
        if (state == VolumeState.Active)
        {
            var cipher = _options.Key is null ? null : new BlockCipher(_options.Key, _core.Volume);
            Sealer = new BlockSealer(Definition, cipher);
            _opening.Succeed();
        }
        else
        {
            _opening.Fail(state, failure, cause, _core.Replicas);
        }
    }

    private void Tick()
    {
        var now = Now();
        foreach (var link in _links)
        {
            link.OnTick(now);
        }

        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }

            _core.OnTick(now);
        }

        _settlement.Settle();
    }
}
