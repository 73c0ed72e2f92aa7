using System.Net.Sockets;

namespace Crucible.Nbd;

/// <summary>Accepts connections on one listening socket, on a thread of its own.</summary>
/// <remarks>
/// It waits in short turns instead of being shut down in the middle of an accept: shutting a listening socket down would
/// end it for whoever handed it to us too.
/// </remarks>
internal sealed class Listener
{
    /// <summary>How long stopping waits for a turn to end, at most.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    /// <summary>How long nothing is accepted once the process has no handles left, until some connection has ended.</summary>
    private static readonly TimeSpan HandlesPause = TimeSpan.FromMilliseconds(50);

    private readonly Socket _socket;
    private readonly Action<Socket> _accepted;
    private readonly Thread _thread;
    private volatile bool _stopped;

    public Listener(Socket socket, Action<Socket> accepted)
    {
        _socket = socket;
        _accepted = accepted;
        _thread = new Thread(Run, NbdServer.ThreadStackBytes) { IsBackground = true, Name = "nbd listener" };
        _thread.Start();
    }

    /// <summary>Nothing more is accepted once <see cref="Join"/> has returned.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Waits for the thread and closes the socket.</summary>
    public void Join()
    {
        // Somebody who shares the socket may have been faster: then the thread waits in accept, and is woken by its end.
        _ = _thread.Join(Turn * 5);
        _socket.Dispose();
        _thread.Join();
    }

    private void Run()
    {
        while (!_stopped)
        {
            if (Next() is { } socket)
            {
                _accepted(socket);
            }
        }
    }

    private Socket? Next()
    {
        try
        {
            return _socket.Poll(Turn, SelectMode.SelectRead) && !_stopped ? _socket.Accept() : null;
        }
        catch (SocketException e)
        {
            // A connection that was gone before it was accepted is no reason to stop listening.
            if (!_stopped && e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                Thread.Sleep(HandlesPause);
            }

            return null;
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
