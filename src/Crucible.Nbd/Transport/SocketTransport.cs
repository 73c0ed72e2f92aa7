using System.Net.Sockets;
using Crucible.Net;

namespace Crucible.Nbd;

/// <summary>A connection in the clear: system calls on the socket.</summary>
internal sealed class SocketTransport(Socket socket) : INbdTransport
{
    public bool Send(ReadOnlySpan<ArraySegment<byte>> pieces, bool wait, out int sentBytes)
    {
        try
        {
            return SocketSystemCalls.Send(socket.SafeHandle, pieces, wait, out sentBytes, out _) != SocketSystemCalls.Outcome.Broken;
        }
        catch (ObjectDisposedException)
        {
            sentBytes = 0;
            return false;
        }
    }

    public int Receive(ArraySegment<byte> first, ArraySegment<byte> second)
    {
        try
        {
            var outcome = SocketSystemCalls.Receive(socket.SafeHandle, first, second, out var received, out _);
            return outcome == SocketSystemCalls.Outcome.Moved ? received : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    public void Dispose()
    {
        // The socket is the connection's.
    }
}
