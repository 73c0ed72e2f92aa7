using System.Diagnostics;
using System.Net.Sockets;
using Crucible.Net;
using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>
/// The sending half of a connection. Whoever completes a request writes its reply and sends what waits, also what others
/// add meanwhile, without waiting. What the socket does not take is left to a writer thread of this connection's own, so
/// that a client which does not read costs nobody else's time.
/// </summary>
internal sealed class ReplySender : IAfterCompletions, IDisposable
{
    /// <summary>Most pieces of one system call; more replies than that wait only where the client is slow.</summary>
    private const int MaxPieces = 64;

    private readonly Lock _lock = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly INbdTransport _transport;
    private readonly Socket _socket;
    private readonly ReplyEncoder _encoder;
    private readonly string _name;
    private readonly ArraySegment<byte>[] _pieces = new ArraySegment<byte>[MaxPieces];
    private ReplyOutbox _waiting = new();
    private ReplyOutbox _leaving = new();
    private Thread? _writer;
    private bool _sending;
    private bool _handedOver;
    private bool _writing;
    private bool _broken;
    private long _sentBytes;
    private Progress _lastSeen;
    private long _lastProgress;
    private NbdTotals _totals;

    /// <param name="transport">Where replies go.</param>
    /// <param name="socket">Shut down when sending fails, so that the receiving thread learns of it.</param>
    /// <param name="replies">How replies are framed.</param>
    /// <param name="name">For the writer thread.</param>
    public ReplySender(INbdTransport transport, Socket socket, NbdReplyMode replies, string name)
    {
        _transport = transport;
        _socket = socket;
        _encoder = new ReplyEncoder(replies);
        _name = name;
    }

    /// <summary>What was answered.</summary>
    public NbdTotals Totals
    {
        get
        {
            lock (_lock)
            {
                return _totals;
            }
        }
    }

    /// <summary>Answers a request, which is taken over and finished once its reply has left, or can't. For any thread; never waits.</summary>
    public void Answer(PendingRequest request)
    {
        lock (_lock)
        {
            _totals = _totals.With(request.Head, request.Error != NbdError.None);
            if (_broken)
            {
                request.Finish();
                return;
            }

            request.WriteReply(_encoder, _waiting);
            _waiting.End(request);
            if (_sending)
            {
                return;
            }

            _sending = true;
        }

        // What a replica answered together is told together: one system call then, not one a reply.
        if (!Volume.TryAfterCompletions(this))
        {
            Release();
        }
    }

    /// <inheritdoc/>
    public void AfterCompletions() => Release();

    /// <summary>
    /// Keeps replies back until <see cref="Release"/>, for a thread that is about to make several. False: somebody sends,
    /// and takes them along.
    /// </summary>
    public bool TryHold()
    {
        lock (_lock)
        {
            if (_sending || _broken)
            {
                return false;
            }

            _sending = true;
            return true;
        }
    }

    /// <summary>Sends what was kept back.</summary>
    public void Release()
    {
        if (!SendAll(wait: false))
        {
            HandOver();
        }
    }

    /// <summary>
    /// Whether replies have waited for so long without the client taking a byte, seen from one look to the next: of what the
    /// socket holds for it too, which counts where it takes less than makes room for more. For one thread, every so often.
    /// </summary>
    public bool HasStalledFor(TimeSpan limit)
    {
        lock (_lock)
        {
            if (_broken || !(_handedOver || _writing))
            {
                _lastSeen = default;
                return false;
            }
        }

        var now = new Progress(true, Interlocked.Read(ref _sentBytes), UntakenBytes());
        if (now != _lastSeen)
        {
            (_lastSeen, _lastProgress) = (now, Stopwatch.GetTimestamp());
            return false;
        }

        return Stopwatch.GetElapsedTime(_lastProgress) >= limit;
    }

    /// <summary>Drops what waits and what comes. The socket is shut down before, so that nothing blocks in it.</summary>
    public void Stop()
    {
        Thread? writer;
        lock (_lock)
        {
            _broken = true;
            writer = _writer;
            if (!_sending)
            {
                DropAll();
            }

            _wake.Set();
        }

        writer?.Join();

        // Another thread may be in the middle of a send: the socket, shut down, lets it go at once, and it sees the break
        // before it touches what is about to be disposed.
        SpinWait.SpinUntil(() => !Volatile.Read(ref _sending));
    }

    public void Dispose() => _wake.Dispose();

    // Sends until nothing waits (true) or the socket is full (false). Only the thread that set _sending is here.
    private bool SendAll(bool wait)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_broken)
                {
                    DropAll();
                    _sending = false;
                    return true;
                }

                if (_leaving.IsEmpty)
                {
                    if (_waiting.IsEmpty)
                    {
                        _sending = false;
                        return true;
                    }

                    (_waiting, _leaving) = (_leaving, _waiting);
                }
            }

            var count = _leaving.NextPieces(_pieces);
            if (!_transport.Send(_pieces.AsSpan(0, count), wait, out var sent))
            {
                Break();
            }
            else if (sent == 0)
            {
                return false;
            }
            else
            {
                Interlocked.Add(ref _sentBytes, sent);
                _leaving.Sent(sent);
            }
        }
    }

    private void Break()
    {
        lock (_lock)
        {
            _broken = true;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    private void HandOver()
    {
        lock (_lock)
        {
            if (_broken)
            {
                // The writer may have ended by now: nobody would take over.
                DropAll();
                _sending = false;
                return;
            }

            _handedOver = true;
            if (_writer is null)
            {
                _writer = new Thread(WriterLoop, NbdServer.ThreadStackBytes) { IsBackground = true, Name = $"{_name} writer" };
                _writer.Start();
            }

            _wake.Set();
        }
    }

    private void WriterLoop()
    {
        while (true)
        {
            _wake.WaitOne();
            bool handedOver;
            lock (_lock)
            {
                handedOver = _handedOver;
                _writing = handedOver;
                _handedOver = false;
                if (_broken && !handedOver)
                {
                    return;
                }
            }

            if (handedOver)
            {
                while (!SendAll(wait: true))
                {
                }
            }

            lock (_lock)
            {
                _writing = false;
                if (_broken && !_handedOver)
                {
                    return;
                }
            }
        }
    }

    private int UntakenBytes()
    {
        try
        {
            return SocketSystemCalls.UntakenBytes(_socket.SafeHandle);
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
    }

    private void DropAll()
    {
        _waiting.Clear();
        _leaving.Clear();
    }

    /// <summary>What changes whenever the client takes something.</summary>
    /// <param name="Waits">Whether replies wait for it.</param>
    /// <param name="SentBytes">What its socket has taken.</param>
    /// <param name="UntakenBytes">How much of that is not with the client yet.</param>
    private readonly record struct Progress(bool Waits, long SentBytes, int UntakenBytes);
}
