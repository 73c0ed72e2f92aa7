using System.Net;
using System.Net.Sockets;

namespace Crucible.Net;

/// <summary>Listens for connections that carry frames. <see cref="Accept"/> blocks and belongs to one thread.</summary>
public sealed class FrameListener : IDisposable
{
    /// <summary>Connections that may wait to be accepted.</summary>
    public const int Backlog = 64;

    private readonly Socket _socket;
    private volatile bool _disposed;

    /// <exception cref="SocketException">The address is taken or not ours.</exception>
    public FrameListener(IPEndPoint endPoint)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // .NET sets SO_REUSEADDR for TCP listeners on Linux: a restart does not wait for old connections to time out.
            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens; the port is real also where 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Waits for a connection; null once disposed. The caller owns the socket.</summary>
    public Socket? Accept()
    {
        while (!_disposed)
        {
            try
            {
                return _socket.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // A connection that was gone before it was accepted is no reason to stop listening. Out of handles is:
                // wait a little rather than spin, until some connection has ended.
                if (!_disposed && e is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets })
                {
                    Thread.Sleep(50);
                }
            }
        }

        return null;
    }

    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
    }
}
