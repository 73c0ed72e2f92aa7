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

    [ThreadStatic]
    private static UpstairsEngine? _batching;

    [ThreadStatic]
    private static CompletionTurn? _turn;

    private readonly Lock _lock = new();
    private readonly VolumeOptions _options;
    private readonly EngineOutput _output;
    private readonly UpstairsCore _core;
    private readonly ReplicaLink[] _links;
    private readonly ReplicaReceiver _receiver;
    private readonly Timer _timer;
    private readonly ExclusiveRanges _exclusive = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _stopped;

    /// <exception cref="InvalidVolumeOptionsException">The options can't be.</exception>
    public UpstairsEngine(VolumeOptions options)
    {
        _options = options;
        Requests = new RequestPool(options.InlineCompletions);
        if (options.Targets.Count != ReplicaId.Count)
        {
            throw new InvalidVolumeOptionsException(
                $"a volume has {ReplicaId.Count} targets, not {options.Targets.Count}");
        }

        var targets = options.Targets.Select(Target.Parse).ToArray();
        if (targets.Distinct().Count() != targets.Length)
        {
            throw new InvalidVolumeOptionsException($"the same target is given twice: {string.Join(", ", options.Targets)}");
        }

        if (options.Generation == Generation.Last.Value)
        {
            throw new InvalidVolumeOptionsException($"generation {options.Generation} is the last one: no other could ever follow it");
        }

        if (options.MaxUnretiredBytes < 1 << 20)
        {
            throw new InvalidVolumeOptionsException($"{options.MaxUnretiredBytes} bytes of unretired writes are less than 1 MiB");
        }

        _links = [.. targets.Select((target, i) => new ReplicaLink(this, new ReplicaId((byte)i), target, options.Pool))];
        _output = new EngineOutput(this, _links, options);
        _core = new UpstairsCore(
            new UpstairsSettings
            {
                Upstairs = new UpstairsId(Guid.NewGuid()),
                Session = new SessionId(Guid.NewGuid()),
                NewVolume = new VolumeId(Guid.NewGuid()),
                Ack = options.Ack,
                ReadOnly = options.ReadOnly,
                Encrypted = options.Key is not null,
                Trace = UpstairsTracing.Source.HasListeners(),
                Generation = new Generation(options.Generation),
                ActivationGrace = options.ActivationGrace,
                ActivationTimeout = options.ActivationTimeout,
                FlushTimeout = options.FlushTimeout,
                RequestTimeout = options.RequestTimeout,
                HungAfter = options.HungAfter,
                ScrubInterval = options.ScrubInterval,
                ScrubBytesPerSecond = options.ScrubBytesPerSecond,
                AwayLimit = options.AwayLimit,
                MaxUnretiredBytes = options.MaxUnretiredBytes,
            },
            _output);
        _receiver = new ReplicaReceiver(this, _lock, _core, _output, options.Pool);
        _timer = new Timer(static engine => ((UpstairsEngine)engine!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public RequestPool Requests { get; }

    /// <summary>What the guest's requests came to. Guarded by the engine's lock.</summary>
    public RequestCounts Counts => _output.Requests;

    /// <summary>How the replicas came to where they are. Guarded by the engine's lock.</summary>
    public TransitionHistory History => _output.History;

    /// <summary>Seals and opens blocks; made when the volume is active.</summary>
    public BlockSealer Sealer { get; private set; } = null!;

    /// <summary>The geometry; known once the volume is active.</summary>
    public RegionDefinition Definition => _core.Definition!;

    /// <summary>Where a replica is, as it was given.</summary>
    public string TargetOf(ReplicaId replica) => _links[replica.Value].Target.ToString();

    /// <summary>Ticks of 100 ns on the system's monotonic clock.</summary>
    public static Instant Now() => new(Stopwatch.GetElapsedTime(0).Ticks);

    /// <summary>Waits until the volume answers; fails when it never will.</summary>
    public async Task WaitUntilOpenAsync(CancellationToken cancellationToken) =>
        await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

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

        Settle();
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

        Settle();
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

    /// <summary>Lets the downstairs at another address take the place of one of the three.</summary>
    /// <exception cref="InvalidVolumeOptionsException">The addresses can't be, or are not one of ours and one that is not.</exception>
    /// <exception cref="VolumeException">It can't be done now; the message says why.</exception>
    public void Replace(string oldTarget, string newTarget)
    {
        var (from, to) = (Target.Parse(oldTarget), Target.Parse(newTarget));
        lock (_lock)
        {
            var link = Array.Find(_links, l => l.Target == from)
                ?? throw new InvalidVolumeOptionsException($"{from} is none of the targets {string.Join(", ", _links.Select(l => l.Target))}");
            if (Array.Exists(_links, l => l.Target == to))
            {
                throw new InvalidVolumeOptionsException($"{to} is one of the targets already");
            }

            if (_core.WhyNotReplace(link.Id) is { } reason)
            {
                throw new VolumeException(ErrorCode.NotEnoughReplicas, $"{from} can't be replaced now: {reason}");
            }

            link.Retarget(to);
            _core.Replace(link.Id, $"{to} takes the place of {from}", Now());
        }

        Settle();
    }

    /// <summary>Begins a scrub; tells its number.</summary>
    /// <exception cref="VolumeException">It can't be done now; the message says why.</exception>
    public int BeginScrub(long bytesPerSecond)
    {
        lock (_lock)
        {
            return _core.BeginScrub(bytesPerSecond, Now()) is { } reason
                ? throw new VolumeException(ErrorCode.NotEnoughReplicas, $"no scrub can begin: {reason}")
                : _core.ScrubAt(Now())!.Value.Number;
        }
    }

    /// <summary>Ends a scrub early, if it is still the one that runs.</summary>
    public void EndScrub(int number)
    {
        lock (_lock)
        {
            _core.EndScrub(number, Now());
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

        Settle();
        var reason = _receiver.Receive(link, connection);
        lock (_lock)
        {
            if (link.Connection == connection)
            {
                link.Connection = null;
                _core.OnDisconnected(link.Id, reason, Now());
            }
        }

        Settle();
    }

    /// <summary>What is done from now on, on this thread, is settled together by <see cref="EndBatch"/>.</summary>
    public void BeginBatch() => _batching = this;

    public void EndBatch()
    {
        _batching = null;
        Settle();
    }

    /// <summary>See <see cref="Volume.TryAfterCompletions"/>.</summary>
    public static bool TryAfterCompletions(IAfterCompletions follower) => _turn is { } turn && turn.TryAdd(follower);

    public void OnConnectFailed(ReplicaLink link, string reason)
    {
        lock (_lock)
        {
            _core.OnDisconnected(link.Id, reason, Now());
        }

        Settle();
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

        Settle();
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
        switch (state)
        {
            case VolumeState.Active:
                var cipher = _options.Key is null ? null : new BlockCipher(_options.Key, _core.Volume);
                Sealer = new BlockSealer(Definition, cipher);
                _opened.TrySetResult();
                break;
            case VolumeState.Closed:
                _opened.TrySetException(new VolumeException(ErrorCode.Closed, "the volume was closed before it was active"));
                break;
            default:
                _opened.TrySetException(failure switch
                {
                    VolumeFailure.Unavailable => new VolumeUnavailableException(DescribeAbsent()),
                    VolumeFailure.Generation => new VolumeSupersededException(cause),
                    _ => new VolumeMismatchException(cause),
                });
                break;
        }
    }

    // The core knows replicas by number; whoever has to do something about one needs its address.
    private string DescribeAbsent()
    {
        var text = "fewer than two of three downstairs are there";
        foreach (var replica in _core.Replicas)
        {
            if (replica.State != ReplicaState.Waiting)
            {
                text += $"; {_links[replica.Id.Value].Target}: {replica.Cause}";
            }
        }

        return text;
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

        Settle();
    }

    // Does what the core wanted done, once no lock is held: sends, then tells waiters, whose continuations may lead to more.
    private void Settle()
    {
        if (_batching == this)
        {
            return;
        }

        while (true)
        {
            VolumeRequest? completed;
            Connections unsent;
            lock (_lock)
            {
                completed = _output.TakeCompleted();
                unsent = _output.TakeUnsent();
            }

            if (completed is null && unsent.AreNone)
            {
                return;
            }

            unsent.Flush();
            Tell(completed);
        }
    }

    private void Tell(VolumeRequest? completed)
    {
        var outer = _batching;
        _batching = this;
        var turn = _turn ??= new CompletionTurn();
        var isOutermost = turn.TryBegin();
        try
        {
            while (completed is not null)
            {
                var request = completed;
                completed = request.NextCompleted;
                request.NextCompleted = null;
                request.SetResult(request.Outcome == ErrorCode.None ? null : VolumeErrors.Describe(request, _core.Cause));
                request.Release();
            }
        }
        finally
        {
            if (isOutermost)
            {
                turn.End();
            }

            _batching = outer;
        }
    }
}
