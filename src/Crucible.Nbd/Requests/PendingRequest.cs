using System.Runtime.CompilerServices;
using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>
/// A client's request from its arrival until its reply has left. Pooled: nothing is allocated for one that the volume can
/// do in one piece. It runs on the connection's thread and on those that complete requests, one at a time.
/// </summary>
internal sealed class PendingRequest
{
    /// <summary>Bytes that a request counts for beside its payload, so that small ones are bounded too.</summary>
    public const int OverheadBytes = 512;

    private const string VolumeIsClosed = "the volume is closed";

    private readonly PendingRequestPool _pool;
    private readonly BlockRuns _runs = new();
    private readonly Action _continue;
    private StatusReply? _status;
    private IRequestOwner _owner = null!;
    private NbdRequest _head;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _awaiter;
    private string _errorText = string.Empty;
    private bool _flushes;

    public PendingRequest(PendingRequestPool pool)
    {
        _pool = pool;
        _continue = Continue;
    }

    /// <summary>What was asked.</summary>
    public ref readonly NbdRequest Head => ref _head;

    /// <summary>What arrived, until the volume gets it, or what leaves. The request owns it.</summary>
    public BlockBuffer? Buffer { get; set; }

    /// <summary>How it ended.</summary>
    public NbdError Error { get; private set; }

    /// <summary>Bytes that it counts for.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Which contexts a BLOCK_STATUS wants: a bit for each, 1 shifted by its id.</summary>
    public uint Contexts { get; set; }

    /// <summary>Bytes of the range that a BLOCK_STATUS asks about.</summary>
    public long StatusLength { get; set; }

    /// <summary>Begins with a request that was let in.</summary>
    public void Begin(IRequestOwner owner, in NbdRequest head, long heldBytes)
    {
        (_owner, _head, HeldBytes) = (owner, head, heldBytes);
        (Error, _errorText, _flushes) = (NbdError.None, string.Empty, false);
    }

    /// <summary>Has the volume do it, and answers.</summary>
    public void Start()
    {
        ValueTask task;
        try
        {
            task = Submit(_owner.Volume);
        }
        catch (ObjectDisposedException)
        {
            Answer(NbdError.Shutdown, VolumeIsClosed);
            return;
        }

        Watch(task);
    }

    /// <summary>Answers without the volume.</summary>
    public void Answer(NbdError error, string text)
    {
        (Error, _errorText) = (error, text);
        _owner.Answer(this);
    }

    /// <summary>Writes the reply.</summary>
    public void WriteReply(in ReplyEncoder encoder, ReplyOutbox outbox)
    {
        if (Error != NbdError.None)
        {
            encoder.WriteError(outbox.Written, _head, Error, _errorText);
        }
        else if (_head.Command == NbdCommand.Read && _head.Length > 0)
        {
            ReadReply.Write(encoder, outbox, _head, Buffer!, _owner.TellsHoles ? _runs : null);
        }
        else if (_status is { } status)
        {
            status.Write(encoder, outbox.Written, _head);
        }
        else
        {
            encoder.WriteDone(outbox.Written, _head);
        }
    }

    /// <summary>Its reply has left, or nobody waits for it: everything it holds goes back.</summary>
    public void Finish()
    {
        Buffer?.Dispose();
        Buffer = null;
        var (owner, held) = (_owner, HeldBytes);
        (_owner, _awaiter, _status) = (null!, default, null);
        _pool.Return(this);
        owner.OnFinished(held);
    }

    private ValueTask Submit(Volume volume)
    {
        var (offset, length) = ((long)_head.Offset, (long)_head.Length);

        // A flush covers what was acknowledged before it began: so FUA is a write, and then a flush.
        _flushes = _head.Has(NbdCommandFlags.ForceUnitAccess)
            && _head.Command is NbdCommand.Write or NbdCommand.Trim or NbdCommand.WriteZeroes;
        switch (_head.Command)
        {
            case NbdCommand.Read:
                Buffer = _owner.Pool.Rent((int)length);
                return _owner.TellsHoles ? volume.ReadAsync(offset, Buffer.Memory, _runs) : volume.ReadAsync(offset, Buffer.Memory);
            case NbdCommand.Write:
                var payload = Buffer!;
                Buffer = null;
                return volume.WriteAsync(offset, payload);
            case NbdCommand.Flush:
                return _owner.Flush();
            case NbdCommand.WriteZeroes when _head.Has(NbdCommandFlags.NoHole):
                return volume.WriteZeroesAsync(offset, length);
            case NbdCommand.WriteZeroes or NbdCommand.Trim:
                // What is discarded reads as zeroes, and its space comes back.
                return volume.DiscardAsync(offset, length);
            case NbdCommand.Cache:
                return CacheFill.ReadAsync(_owner, offset, length);
            default:
                Invariant.Require(_head.Command == NbdCommand.BlockStatus);
                _status = new StatusReply();
                return _status.FetchAsync(volume, offset, StatusLength, Contexts, _head.Has(NbdCommandFlags.RequestOne));
        }
    }

    private void Watch(ValueTask task)
    {
        _awaiter = task.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            Continue();
        }
        else
        {
            _awaiter.UnsafeOnCompleted(_continue);
        }
    }

    private void Continue()
    {
        var flush = default(ValueTask);
        var (error, text) = (NbdError.None, string.Empty);
        try
        {
#pragma warning disable VSTHRD002 // It is done: this is its continuation, without the state machine that an await would allocate.
            _awaiter.GetResult();
#pragma warning restore VSTHRD002
            flush = _flushes ? _owner.Flush() : default;
        }
        catch (VolumeException e)
        {
            (error, text) = (NbdErrors.Of(e.Code), e.Message);
        }
        catch (ObjectDisposedException)
        {
            (error, text) = (NbdError.Shutdown, VolumeIsClosed);
        }

        if (_flushes && error == NbdError.None)
        {
            _flushes = false;
            Watch(flush);
            return;
        }

        Answer(error, text);
    }
}

/// <summary>Whose requests they are: a connection.</summary>
internal interface IRequestOwner
{
    /// <summary>What they are about.</summary>
    Volume Volume { get; }

    /// <summary>Where their payloads live.</summary>
    BlockBufferPool Pool { get; }

    /// <summary>Whether replies to reads can leave zeroes out.</summary>
    bool TellsHoles { get; }

    /// <summary>It takes no more requests: nobody waits for what can be left out.</summary>
    bool IsEnding { get; }

    /// <summary>Makes durable what was acknowledged; a volume that is only read has nothing that could be.</summary>
    ValueTask Flush();

    /// <summary>Sends the reply of a request, which is taken over.</summary>
    void Answer(PendingRequest request);

    /// <summary>A request is over; it held so many bytes.</summary>
    void OnFinished(long heldBytes);
}
