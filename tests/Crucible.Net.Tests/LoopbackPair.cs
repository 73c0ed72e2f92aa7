using System.Net;
using System.Net.Sockets;

namespace Crucible.Net.Tests;

/// <summary>Two ends of one connection over loopback.</summary>
internal sealed class LoopbackPair : IDisposable
{
    public LoopbackPair(BlockBufferPool pool)
    {
        using var listener = new FrameListener(new IPEndPoint(IPAddress.Loopback, 0));
        RawClient = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Client = FrameConnection.Connect(RawClient, listener.LocalEndPoint, pool, "client");
        Server = new FrameConnection(listener.Accept()!, pool, "server");
    }

    public Socket RawClient { get; }

    public FrameConnection Client { get; }

    public FrameConnection Server { get; }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
