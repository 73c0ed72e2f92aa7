using System.Net.Sockets;
using Crucible.Protocol;

namespace Crucible.Net;

/// <summary>
/// The sending half of a connection. Any thread enqueues; whoever flushes first sends everything that waits, also what
/// others enqueue meanwhile, in as few system calls as the socket allows and without waiting. Where the socket is full a
/// writer thread of this connection's own takes over, so a peer that does not read costs nobody else's time.
/// </summary>
internal sealed class FrameSender : IDisposable
{
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Socket _socket;
    private readonly string _name;
    private readonly ArraySegment<byte>[] _pieces = new ArraySegment<byte>[SocketSystemCalls.MaxPieces];
    private Outbox _waiting = new();
    private Outbox _leaving = new();
    private Thread? _writer;
    private bool _sending;
    private bool _handedOver;
    private bool _broken;

    public FrameSender(Socket socket, string name)
    {
        _socket = socket;
        _name = name;
    }

    /// <summary>Bytes accepted and not yet taken by the socket.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Bytes + _leaving.Bytes;
            }
        }
    }

    public void Enqueue<T>(in T header)
        where T : struct, IWireHeader<T>
    {
        lock (_lock)
        {
            if (!_broken)
            {
                _waiting.Add(header);
            }
        }
    }

    public void Enqueue<T>(in T header, BlockBuffer payload)
        where T : struct, IWireHeader<T>
    {
        lock (_lock)
        {
            if (!_broken)
            {
                _waiting.Add(header, payload);
                return;
            }
        }

        payload.Dispose();
    }

    public void Flush()
    {
        lock (_lock)
        {
            if (_sending || _broken || _waiting.IsEmpty)
            {
                return;
            }

            _sending = true;
        }

        if (!SendAll(wait: false))
        {
            HandOver();
        }
    }

    /// <summary>Drops what waits and lets the writer end. The socket is shut down before, so nothing blocks in it.</summary>
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

        if (writer is not null && writer != Thread.CurrentThread)
        {
            writer.Join();
        }

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
            switch (Send(count, wait, out var sent))
            {
                case SocketSystemCalls.Outcome.Moved:
                    lock (_lock)
                    {
                        _leaving.Sent(sent);
                    }

                    break;
                case SocketSystemCalls.Outcome.WouldBlock:
                    return false;
                default:
                    lock (_lock)
                    {
                        _broken = true;
                    }

                    break;
            }
        }
    }

    // The receiving thread may dispose the socket between our look at _broken and the call.
    private SocketSystemCalls.Outcome Send(int pieceCount, bool wait, out int sentBytes)
    {
        try
        {
            return SocketSystemCalls.Send(_socket.SafeHandle, _pieces.AsSpan(0, pieceCount), wait, out sentBytes, out _);
        }
        catch (ObjectDisposedException)
        {
            sentBytes = 0;
            return SocketSystemCalls.Outcome.Broken;
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
                _writer = new Thread(WriterLoop) { IsBackground = true, Name = $"{_name} writer" };
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
                if (_broken && !_handedOver)
                {
                    return;
                }

                handedOver = _handedOver;
                _handedOver = false;
            }

            if (handedOver)
            {
                while (!SendAll(wait: true))
                {
                }
            }

            lock (_lock)
            {
                if (_broken && !_handedOver)
                {
                    return;
                }
            }
        }
    }

    private void DropAll()
    {
        _waiting.Clear();
        _leaving.Clear();
    }
}
