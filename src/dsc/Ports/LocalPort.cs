using System.Net;
using System.Net.Sockets;

namespace Crucible.Dsc.Ports;

/// <summary>Asks the operating system about ports of this machine.</summary>
internal static class LocalPort
{
    /// <summary>Whether a downstairs could listen on an address and port now.</summary>
    public static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
