using System.Net;
using System.Net.Sockets;
using Crucible.Dsc.Ports;

namespace Crucible.Dsc.Tests.Ports;

public sealed class LocalPortTests
{
    [Fact]
    public void A_port_is_free_until_somebody_listens_on_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.False(LocalPort.IsFree(IPAddress.Loopback, port));

        listener.Stop();
        Assert.True(LocalPort.IsFree(IPAddress.Loopback, port));
    }
}
