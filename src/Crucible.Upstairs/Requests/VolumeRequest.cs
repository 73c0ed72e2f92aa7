using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace Crucible.Upstairs;

/// <summary>
/// A guest's request as the engine sees it: what the core needs, and who waits for it. Pooled; it goes back to its pool
/// once the core is done with it and the waiter has taken its result.
/// </summary>
internal sealed class VolumeRequest : GuestRequest, IValueTaskSource
{
    private readonly RequestPool _pool;
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationTokenRegistration _cancellation;
    private int _owners;

    public VolumeRequest(RequestPool pool, bool inlineCompletions)
    {
        _pool = pool;
        _source.RunContinuationsAsynchronously = !inlineCompletions;
    }

    /// <summary>First block of the whole request.</summary>
    public BlockIndex Start { get; private set; }

    /// <summary>Where a read's data goes; the guest's memory, until the request is completed.</summary>
    public Memory<byte> Target { get; set; }

    /// <summary>Whom to tell which blocks hold data; the guest's, until the request is completed. Null: nobody asks.</summary>
    public BlockRuns? Runs { get; set; }

    /// <summary>Whom to tell that the waiter gave up.</summary>
    public UpstairsEngine? Owner { get; set; }

    /// <summary>The next of the completed requests that wait to be told.</summary>
    public VolumeRequest? NextCompleted { get; set; }

    /// <summary>How it ended.</summary>
    public ErrorCode Outcome { get; set; }

    /// <summary>The guest's span, while somebody traces.</summary>
    public Activity? Activity { get; set; }

    /// <summary>When the engine got it; set only with <see cref="Activity"/>.</summary>
    public DateTime SubmittedUtc { get; set; }

    /// <summary>When the guest began to wait, by <see cref="Stopwatch"/>; 0 while nobody measures.</summary>
    public long BeganAt { get; set; }

    /// <summary>Pieces whose data is being copied to <see cref="Target"/> right now. Guarded by the engine's lock.</summary>
    public int Deliveries { get; set; }

    /// <summary>The waiter has given up: nothing more goes to <see cref="Target"/>. Guarded by the engine's lock.</summary>
    public bool Abandoned { get; set; }

    /// <summary>The waiter has its answer. Guarded by the engine's lock.</summary>
    public bool Told { get; set; }

    public ValueTask Task => new(this, _source.Version);

    public void Begin(RequestKind kind, BlockIndex start)
    {
        Reset(kind);
        _source.Reset();
        _owners = 2;
        Start = start;
        Target = default;
        Runs = null;
        Outcome = ErrorCode.None;
        Deliveries = 0;
        Abandoned = false;
        Told = false;
    }

    /// <summary>Notes how it ended; tells what the waiter is to hear. Under the engine's lock.</summary>
    public ErrorCode Settle(ErrorCode result)
    {
        if (result == ErrorCode.Unsupported && Kind == RequestKind.ReadStates)
        {
            // Replicas of an older version can't tell. What may hold data is taken to: so all of it is read.
            if (!Abandoned)
            {
                Runs?.TakeAll(BlockState.Data);
            }

            result = ErrorCode.None;
        }

        Outcome = result;
        return result;
    }

    public void AddPiece(JobPiece piece) => Add(piece);

    public void CancelWith(Action<object?, CancellationToken> callback, CancellationToken token) =>
        _cancellation = token.UnsafeRegister(callback, this);

    protected override void TakeStates(BlockIndex start, ReadOnlySpan<byte> runs)
    {
        if (!Abandoned)
        {
            Runs?.TakeRuns(start, runs);
        }
    }

    /// <summary>Tells the waiter. Not under a lock.</summary>
    public void SetResult(Exception? failure)
    {
        _cancellation.Dispose();
        _cancellation = default;
        Activity?.Stop();
        Activity = null;
        if (failure is null)
        {
            _source.SetResult(true);
        }
        else
        {
            _source.SetException(failure);
        }
    }

    /// <summary>The core, or the waiter, is done with the object.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            Target = default;
            Runs = null;
            _pool.Return(this);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            _source.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}

/// <summary>Keeps requests for reuse. Thread-safe.</summary>
internal sealed class RequestPool(bool inlineCompletions)
{
    /// <summary>Most kept: more than are in flight at any sensible depth.</summary>
    private const int MostKept = 4096;

    private readonly Lock _lock = new();
    private readonly Stack<VolumeRequest> _kept = new();

    public VolumeRequest Rent()
    {
        lock (_lock)
        {
            if (_kept.TryPop(out var request))
            {
                return request;
            }
        }

        return new VolumeRequest(this, inlineCompletions);
    }

    public void Return(VolumeRequest request)
    {
        lock (_lock)
        {
            if (_kept.Count < MostKept)
            {
                _kept.Push(request);
            }
        }
    }
}
