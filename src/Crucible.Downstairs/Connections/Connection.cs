using System.Diagnostics;
using Crucible.Net;

namespace Crucible.Downstairs;

/// <summary>
/// One connection and its thread: receives what has arrived, hands frame after frame to the engine, lets it commit, and
/// sends the answers in one go.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly DownstairsEngine _engine;
    private readonly TimeSpan _greetingTimeout;
    private long _reading;
    private long _busySince;
    private string? _ending;

    public Connection(DownstairsEngine engine, FrameConnection frames, ConnectionId id, TimeSpan greetingTimeout, byte[] scratch)
    {
        _engine = engine;
        _greetingTimeout = greetingTimeout;
        Frames = frames;
        Id = id;
        Scratch = scratch;
        Thread = new Thread(Run) { IsBackground = true, Name = $"connection {id}" };
    }

    public ConnectionId Id { get; }

    public FrameConnection Frames { get; }

    public Thread Thread { get; }

    /// <summary>Contexts of a read that this connection's thread answers.</summary>
    public byte[] Scratch { get; }

    /// <summary>When it was made, by the system's clock.</summary>
    public DateTimeOffset Since { get; } = DateTimeOffset.UtcNow;

    /// <summary>Set once by the engine.</summary>
    public Peer Peer { get; set; } = null!;

    /// <summary>Spans, where anyone has ever asked for them.</summary>
    public JobTraces? Traces { get; set; }

    /// <summary>This connection's thread holds the append stage.</summary>
    public bool HoldsStage { get; set; }

    /// <summary>What the core asked for with the last frame, to be done without its lock.</summary>
    public Deferred Deferred;

    /// <summary>When what its thread works at arrived.</summary>
    public Instant ArrivedAt { get; set; }

    /// <summary>Answers wait to be sent; guarded by the engine's lock.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Connections with answers to send, for this thread's use.</summary>
    public List<Connection> Touched { get; } = [];

    /// <summary>Why it ends, once that is decided.</summary>
    public string? EndReason => Volatile.Read(ref _ending);

    /// <summary>Bytes of answers that are being read or wait to be taken.</summary>
    public long OwedBytes => Interlocked.Read(ref _reading) + Frames.QueuedBytes;

    /// <summary>Decides why the connection ends; the first reason counts.</summary>
    public void End(string reason) => Interlocked.CompareExchange(ref _ending, reason, null);

    public void OnReadPosted(int bytes) => Interlocked.Add(ref _reading, bytes);

    public void OnReadDone(int bytes) => Interlocked.Add(ref _reading, -bytes);

    /// <summary>Sends what waits and, where its end is decided, ends the connection.</summary>
    public void Send()
    {
        Frames.Flush();
        if (EndReason is not null)
        {
            Frames.Shutdown();
        }
    }

    /// <summary>Waits until the peer has taken enough of what it asked for; one that takes none of it is cut off.</summary>
    public void WaitUntilItTakes()
    {
        var began = Stopwatch.GetTimestamp();
        var owed = OwedBytes;
        while (OwedBytes > EngineLimits.MaxOwedBytes && EndReason is null)
        {
            // No event tells of room in a socket; only a peer that does not read its answers ever comes here.
            Thread.Sleep(1);
            if (OwedBytes < owed)
            {
                (began, owed) = (Stopwatch.GetTimestamp(), OwedBytes);
            }
            else if (Stopwatch.GetElapsedTime(began) > EngineLimits.OwedTimeout)
            {
                End("it does not take its answers");
                Frames.Shutdown();
            }
        }
    }

    /// <summary>
    /// Tells a peer whose frames have been worked at for long that this daemon is there: the disk is slow, or the journal
    /// full, and its questions can't be read meanwhile. Any thread.
    /// </summary>
    public void GiveSignOfLife()
    {
        var since = Interlocked.Read(ref _busySince);
        if (since != 0 && Stopwatch.GetElapsedTime(since) >= EngineLimits.SignOfLifeInterval)
        {
            Frames.Enqueue(new Protocol.ImokHeader(0));
            Frames.Flush();
        }
    }

    public void Dispose() => Frames.Dispose();

    private void Run()
    {
        try
        {
            Serve();
        }
        catch (InvariantException e)
        {
            _engine.OnBug(e);
        }
        finally
        {
            _engine.OnEnded(this);
        }
    }

    private void Serve()
    {
        var began = Stopwatch.GetTimestamp();
        Frames.ReceiveTimeout = _greetingTimeout;
        while (EndReason is null && Receive())
        {
            Work();
            if (Peer.State != ConnectionState.Greeting)
            {
                Frames.ReceiveTimeout = TimeSpan.Zero;
                break;
            }

            if (Stopwatch.GetElapsedTime(began) > _greetingTimeout)
            {
                End("no greeting came");
            }
        }

        while (EndReason is null && Receive())
        {
            Work();
        }

        End(Peer.State == ConnectionState.Greeting ? "it did not greet" : "the other end closed it");
    }

    private void Work()
    {
        Interlocked.Exchange(ref _busySince, Stopwatch.GetTimestamp());
        _engine.OnArrived(this);
        Interlocked.Exchange(ref _busySince, 0);
    }

    private bool Receive()
    {
        try
        {
            return Frames.Receive();
        }
        catch (ProtocolViolationException e)
        {
            _engine.OnViolation(this, e.Message);
            return false;
        }
    }
}
