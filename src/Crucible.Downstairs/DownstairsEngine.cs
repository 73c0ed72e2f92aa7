using System.Diagnostics;
using Crucible.Net;
using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs;

/// <summary>
/// Drives one core: connections hand in what arrives, the append stage, the syncer and the readers do what it asks.
/// <code>
///   locks, outermost first:   append stage (may block on the disk)  →  core  →  leaves (sockets, queues)
/// </code>
/// </summary>
internal sealed class DownstairsEngine : IDisposable
{
    private readonly Region _region;
    private readonly ILogger _logger;
    private readonly Lock _coreLock = new();
    private readonly DownstairsCore _core;
    private readonly EngineOutput _output;
    private readonly AppendStage _stage;
    private readonly StageGate _gate;
    private readonly Applier _applier;
    private readonly Syncer _syncer;
    private readonly Reader _reader;
    private readonly ReadWorkers _readWorkers;
    private readonly DownstairsMetrics _metrics;
    private readonly List<Connection> _syncTouched = [];

    public DownstairsEngine(Region region, DownstairsOptions options, ILoggerFactory loggers)
    {
        _region = region;
        _logger = loggers.CreateLogger("Crucible.Downstairs");
        _applier = new Applier(region, options.IdleApply);
        Syncs = new SyncMeter(region);
        _stage = new AppendStage(region, _applier, Syncs);
        _reader = new Reader(region, BlockBufferPool.Shared);
        _readWorkers = new ReadWorkers(_reader, options.ReadWorkers);
        _syncer = new Syncer(SyncAll);
        _output = new EngineOutput(region, _stage, _syncer, new JobLines(loggers, region.Definition), _logger);
        _core = new DownstairsCore(_output, region.Definition, region.Id, options.ReadOnly);
        Scrub = new RegionScrub(region, options.ScrubBytesPerSecond, options.ScrubInterval, _logger);
        _metrics = new DownstairsMetrics(region, this);
        Syncs.Durations = _metrics.Syncs;
        _gate = new StageGate(region, _stage, _applier, _core, _coreLock, _metrics, SendTouched);
    }

    /// <summary>Reads the region in the background.</summary>
    public RegionScrub Scrub { get; }

    /// <summary>Makes the journal durable.</summary>
    public SyncMeter Syncs { get; }

    /// <summary>Reads that met damaged blocks.</summary>
    public long DamagedReads => _reader.Damaged;

    /// <summary>Whether the region takes no further job.</summary>
    public bool IsFaulted => _region.Faulted || Inspect(static (core, _) => core.FaultCause is not null);

    public ILogger Logger => _logger;

    public void Start(bool readOnly)
    {
        _syncer.Start();
        _readWorkers.Start();
        Scrub.Start();
        if (!readOnly)
        {
            _applier.Start();
        }
    }

    /// <summary>Looks at the core and its counts under the lock.</summary>
    public T Inspect<T>(Func<DownstairsCore, JobCounts, T> look)
    {
        lock (_coreLock)
        {
            return look(_core, _output.Counts);
        }
    }

    /// <summary>How region and connections are now.</summary>
    public RegionStatus GetStatus(IReadOnlyList<Connection> connections)
    {
        var damaged = StatusTaker.CountDamaged(_region);
        return Inspect((core, _) => StatusTaker.StatusOf(_region, core, connections, damaged));
    }

    /// <summary>What is worked at now, with at most so many jobs listed.</summary>
    public DownstairsWork GetWork(int most)
    {
        var jobs = new List<DownstairsJob>();
        var (uncommitted, unsynced) = Inspect((core, _) =>
        {
            StatusTaker.AddPending(core, jobs, most);
            return (core.UncommittedCount, core.UnsyncedCount);
        });
        return new DownstairsWork(uncommitted, unsynced, _readWorkers.CopyTo(jobs, most), jobs);
    }

    /// <summary>Makes the journal durable and applies all of it that there was when this was called. Blocks for the disk.</summary>
    public ErrorCode Flush()
    {
        var result = Syncs.Sync();
        if (result == ErrorCode.None)
        {
            result = _applier.WaitForRoom();
        }

        // A pass that was under way may have begun before the call: only the next one is sure to have seen everything.
        return result == ErrorCode.None && _region.JournalBytesUsed > 0 ? _applier.WaitForRoom() : result;
    }

    /// <summary>Takes a connection in; its thread is not started.</summary>
    public Connection Connect(FrameConnection frames, ConnectionId id, TimeSpan greetingTimeout)
    {
        var connection = new Connection(this, frames, id, greetingTimeout, _reader.NewScratch());
        lock (_coreLock)
        {
            connection.Peer = _core.Connect(id, connection);
            _logger.Connected(id, frames.RemoteEndPoint, _core.ConnectionCount);
        }

        SendTouched(connection.Touched);
        return connection;
    }

    /// <summary>Ticks of 100 ns on the system's monotonic clock.</summary>
    public static Instant Now() => new(Stopwatch.GetElapsedTime(0).Ticks);

    /// <summary>Bytes arrived: does everything that whole frames among them ask for, and answers. On the connection's thread.</summary>
    public void OnArrived(Connection connection)
    {
        connection.ArrivedAt = Now();
        try
        {
            while (connection.Frames.TryTake(out var frame))
            {
                Take(connection, frame);
            }
        }
        catch (ProtocolViolationException e)
        {
            OnViolation(connection, e.Message);
        }
        finally
        {
            _gate.Commit(connection);
            _gate.Leave(connection);
        }

        SendTouched(connection.Touched);
        connection.Send();
    }

    public void OnViolation(Connection connection, string text)
    {
        lock (_coreLock)
        {
            _core.OnViolation(connection.Peer, text);
        }

        SendTouched(connection.Touched);
    }

    /// <summary>The connection's thread is about to end.</summary>
    public void OnEnded(Connection connection)
    {
        lock (_coreLock)
        {
            _core.OnDisconnected(connection.Peer);
        }

        connection.Send();
        connection.Dispose();
        _logger.Ended(connection.Id, connection.EndReason ?? "it ended");
    }

    /// <summary>Something that must hold does not: better gone than wrong.</summary>
    public void OnBug(Exception e)
    {
        _logger.Bug(e, e.Message);
        Environment.FailFast(e.Message, e);
    }

    /// <summary>Tells every connection that the daemon stops and ends it.</summary>
    public void EndAll(IEnumerable<Connection> connections)
    {
        foreach (var connection in connections)
        {
            lock (_coreLock)
            {
                if (connection.Peer.State != ConnectionState.Ended)
                {
                    connection.Frames.Enqueue(new Protocol.GoodbyeHeader("the downstairs is stopping"));
                }
            }

            connection.End("the downstairs is stopping");
            connection.Send();
        }
    }

    /// <summary>Stops the workers and leaves the region durable. No connection is left.</summary>
    /// <param name="within">How long it may take; what is not applied by then stays in the journal.</param>
    /// <returns>Whether everything was applied too.</returns>
    public bool Stop(TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        TimeSpan Left() => TimeSpan.FromTicks(Math.Max(0, (within - Stopwatch.GetElapsedTime(began)).Ticks));
        _syncer.Stop(Left());
        _readWorkers.Stop(Left());
        var scrubbed = Scrub.Stop(Left());
        return _applier.Stop(Left()) && scrubbed;
    }

    public void Dispose()
    {
        _metrics.Dispose();
        Scrub.Dispose();
        _syncer.Dispose();
        _readWorkers.Dispose();
        _applier.Dispose();
    }

    private void Take(Connection connection, in ReceivedFrame frame)
    {
        if (DownstairsCore.Appends(frame.Header.Kind))
        {
            _gate.Enter(connection);
        }

        if (DownstairsCore.CommitBefore(frame.Header.Kind) == CommitRule.Always)
        {
            _gate.Commit(connection);
        }

        lock (_coreLock)
        {
            _core.Now = connection.ArrivedAt;
            _core.OnFrame(connection.Peer, frame.Header, frame.Payload);
        }

        if (connection.Deferred.Kind != DeferredKind.Nothing)
        {
            DoDeferred(connection);
        }
    }

    private void DoDeferred(Connection connection)
    {
        ref var deferred = ref connection.Deferred;
        switch (deferred.Kind)
        {
            case DeferredKind.Read:
                Read(connection, deferred.Read);
                break;
            case DeferredKind.ReadStates:
                var asked = deferred.ReadStates;
                _gate.CommitIfOverlaps(connection, asked.Start, asked.BlockCount);
                Post(connection, new ReadTask(connection, asked.Job, asked.Start, asked.BlockCount, ReadKind.States, connection.ArrivedAt));
                break;
            case DeferredKind.ReadContexts:
                var wanted = deferred.ReadContexts;
                _gate.CommitIfOverlaps(connection, wanted.Start, wanted.BlockCount);
                var kind = wanted.Verify ? ReadKind.ProvedContexts : ReadKind.Contexts;
                Post(connection, new ReadTask(connection, wanted.Job, wanted.Start, wanted.BlockCount, kind, connection.ArrivedAt));
                break;
            case DeferredKind.Promote:
                Promote(connection, deferred.Promotion);
                break;
            case DeferredKind.Note:
                _gate.Commit(connection);
                var result = _stage.Note(deferred.Note);
                lock (_coreLock)
                {
                    _core.OnNoted(connection.Peer, deferred.Note.Job, result);
                }

                break;
        }

        deferred.Kind = DeferredKind.Nothing;
    }

    private void Promote(Connection connection, in Protocol.PromoteToActiveHeader promotion)
    {
        _gate.Commit(connection);
        var result = _stage.Promote(promotion);
        lock (_coreLock)
        {
            _core.OnPromoted(connection.Peer, result);
        }
    }

    private void Read(Connection connection, in Protocol.ReadHeader header)
    {
        _gate.CommitIfOverlaps(connection, header.Start, header.BlockCount);
        if (connection.OwedBytes > EngineLimits.MaxOwedBytes)
        {
            _gate.Commit(connection);
            _gate.Leave(connection);
            connection.Send();
            connection.WaitUntilItTakes();
        }

        if (!_reader.TryReadCached(connection, header))
        {
            Post(connection, new ReadTask(connection, header.Job, header.Start, header.BlockCount, ReadKind.Blocks, connection.ArrivedAt));
        }
    }

    private void Post(Connection connection, in ReadTask task)
    {
        connection.OnReadPosted(_reader.AnswerBytes(task));
        _readWorkers.Post(task);
    }

    private void SyncAll()
    {
        while (true)
        {
            lock (_coreLock)
            {
                if (!_core.OnSyncStarted())
                {
                    return;
                }
            }

            var began = JobTraces.IsOn ? DateTime.UtcNow : default;
            var result = Syncs.Sync();
            lock (_coreLock)
            {
                if (JobTraces.IsOn)
                {
                    (_core.Active?.Tag as Connection)?.Traces?.OnSynced(began, DateTime.UtcNow);
                }

                _core.OnSynced(result);
            }

            SendTouched(_syncTouched);
        }
    }

    // Answers of one go leave in one send a connection, and none leaves under the core's lock.
    private void SendTouched(List<Connection> touched)
    {
        lock (_coreLock)
        {
            _output.TakeTouched(touched);
        }

        foreach (var connection in touched)
        {
            connection.Send();
        }

        touched.Clear();
    }
}
