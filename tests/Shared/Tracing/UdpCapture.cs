using System.Net;
using System.Net.Sockets;

namespace Crucible.Tests.Shared;

/// <summary>Stands where a Jaeger agent would: a UDP port on the loopback interface.</summary>
internal sealed class UdpCapture : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public UdpCapture()
    {
        _socket.ReceiveBufferSize = 4 << 20;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>What has arrived. On the loopback a datagram is here when its send has returned.</summary>
    public List<byte[]> TakeAll()
    {
        var datagrams = new List<byte[]>();
        var buffer = new byte[1 << 16];
        while (_socket.Available > 0)
        {
            datagrams.Add(buffer[.._socket.Receive(buffer)]);
        }

        return datagrams;
    }

    public void Dispose() => _socket.Dispose();
}
