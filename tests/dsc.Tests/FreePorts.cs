using System.Net;
using System.Net.Sockets;
using Crucible.Dsc.Ports;

namespace Crucible.Dsc.Tests;

internal static class FreePorts
{
    /// <summary>The first of three ports in a row that nobody listens on.</summary>
    public static int ThreeInARow()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var first = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            if (first <= 65000 && Enumerable.Range(first, 3).All(port => LocalPort.IsFree(IPAddress.Loopback, port)))
            {
                return first;
            }
        }
    }
}
