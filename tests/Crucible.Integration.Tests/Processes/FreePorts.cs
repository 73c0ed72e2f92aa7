using System.Net;
using System.Net.Sockets;

namespace Crucible.Integration.Tests.Processes;

/// <summary>Ports that nobody listens on.</summary>
public static class FreePorts
{
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
