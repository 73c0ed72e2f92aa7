using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// What the core wants done, noted under the engine's lock: frames go into the connections' queues, completed requests into
/// a list; the engine sends and tells once the lock is released.
/// </summary>
internal sealed class EngineOutput : IUpstairsOutput
{
    private readonly UpstairsEngine _engine;
    private readonly ReplicaLink[] _links;
    private VolumeRequest? _firstCompleted;
    private VolumeRequest? _lastCompleted;
    private int _unsent;

    public EngineOutput(UpstairsEngine engine, ReplicaLink[] links, VolumeOptions options)
    {
        _engine = engine;
        _links = links;
        Log = new UpstairsLog(options.LoggerFactory);
        Spans = UpstairsTracing.Source.HasListeners() ? new SendSpans() : null;
    }

    public UpstairsLog Log { get; }

    /// <summary>How the replicas came to where they are.</summary>
    public TransitionHistory History { get; } = new(DateTimeOffset.UtcNow);

    /// <summary>What the guest's requests came to.</summary>
    public RequestCounts Requests { get; } = new();

    /// <summary>The spans of what is sent and not answered; null while nobody traces.</summary>
    public SendSpans? Spans { get; }

    public VolumeRequest? TakeCompleted()
    {
        var first = _firstCompleted;
        _firstCompleted = null;
        _lastCompleted = null;
        return first;
    }

    public Connections TakeUnsent()
    {
        if (_unsent == 0)
        {
            return default;
        }

        var unsent = _unsent;
        _unsent = 0;
        return new Connections(
            (unsent & 1) != 0 ? _links[0].Connection : null,
            (unsent & 2) != 0 ? _links[1].Connection : null,
            (unsent & 4) != 0 ? _links[2].Connection : null);
    }

    public void MarkUnsent(ReplicaId replica) => _unsent |= 1 << replica.Value;

    public void Connect(ReplicaId replica, TimeSpan delay) => _links[replica.Value].ConnectAfter(delay);

    public void Disconnect(ReplicaId replica, string reason)
    {
        var link = _links[replica.Value];
        if (link.Connection is { } connection)
        {
            link.Connection = null;
            connection.Flush();
            connection.Shutdown();
        }

        Spans?.OnDisconnected(replica);
    }

    public void Send<T>(ReplicaId to, in T header)
        where T : struct, IWireHeader<T>
    {
        _links[to.Value].Connection?.Enqueue(header);
        MarkUnsent(to);
    }

    public void SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks)
    {
        if (_links[to.Value].Connection is { } connection)
        {
            connection.Enqueue(header with { Trace = Trace(to, header.Job, header.Trace, "write") }, blocks.Share());
            MarkUnsent(to);
        }
    }

    public void SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header) =>
        Send(to, header with { Trace = Trace(to, header.Job, header.Trace, "write_zeroes") });

    public void SendDiscard(ReplicaId to, in DiscardHeader header) =>
        Send(to, header with { Trace = Trace(to, header.Job, header.Trace, "discard") });

    public void SendRead(ReplicaId to, in ReadHeader header) =>
        Send(to, header with { Trace = Trace(to, header.Job, header.Trace, "read") });

    public void SendReadStates(ReplicaId to, in ReadStatesHeader header) =>
        Send(to, header with { Trace = Trace(to, header.Job, header.Trace, "read_states") });

    public void SendFlush(ReplicaId to, in FlushHeader header) =>
        Send(to, header with { Trace = Trace(to, header.Job, header.Trace, "flush") });

    public void SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks)
    {
        if (blocks is null)
        {
            Send(to, header);
        }
        else if (_links[to.Value].Connection is { } connection)
        {
            connection.Enqueue(header, blocks);
            MarkUnsent(to);
        }
        else
        {
            blocks.Dispose();
        }
    }

    public void Complete(GuestRequest request, ErrorCode result)
    {
        var completed = (VolumeRequest)request;
        result = completed.Settle(result);
        Requests.Count(completed, result);
        if (completed.Told)
        {
            completed.Release();
            return;
        }

        completed.Told = true;
        if (_lastCompleted is null)
        {
            _firstCompleted = completed;
        }
        else
        {
            _lastCompleted.NextCompleted = completed;
        }

        _lastCompleted = completed;
    }

    public void JobIssued(Job job)
    {
        if (Log.ShowsJobs)
        {
            Log.JobIssued(job, _engine.Definition);
        }

        if (Spans is not null && job is { PieceIndex: 0, Request: VolumeRequest { Activity: { } activity } request })
        {
            UpstairsTracing.Admitted(activity, request.SubmittedUtc);
        }
    }

    public void JobRetired(JobId job, GuestRequestId request)
    {
        if (Log.ShowsJobs)
        {
            Log.JobRetired(job, request);
        }
    }

    public void ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause)
    {
        History.Note(new ReplicaTransition(DateTimeOffset.UtcNow, replica, from, to, cause));
        Log.ReplicaChanged(_links[replica.Value].Target, replica, from, to, cause, _engine);
    }

    public void VolumeChanged(VolumeState state, VolumeFailure failure, string cause)
    {
        Log.VolumeChanged(state, cause);
        _engine.OnVolumeChanged(state, failure, cause);
    }

    private TraceContext Trace(ReplicaId to, JobId job, TraceContext parent, string operation) =>
        Spans is null || parent.IsNone ? parent : Spans.OnSend(to, job, parent, operation);
}
