using System.Net;
using System.Net.Sockets;

namespace Crucible.Hosting.Tests;

public sealed class ListeningSocketsTests
{
    private static readonly string[] Table =
    [
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "   0: 0100007F:0ED9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0",
        "   1: 0100007F:0ED9 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0",
        "   2: 0100007F:0EDA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0",
        "   3: 00000000000000000000000000000000:0ED9 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 444 1 0 100",
        "cut short",
    ];

    [Fact]
    public void Only_sockets_that_listen_on_the_port_count() =>
        Assert.Equal([111UL, 444UL], ListeningSockets.InodesOf(Table, 3801));

    [Fact]
    public void A_port_that_nobody_listens_on_has_none() => Assert.Empty(ListeningSockets.InodesOf(Table, 3803));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void The_owner_of_a_port_is_found_by_name(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();

        var owner = PortOwner.Find(((IPEndPoint)listener.LocalEndpoint).Port);

        Assert.Equal(Environment.ProcessId, owner?.ProcessId);
        Assert.Equal($"{File.ReadAllText("/proc/self/comm").Trim()} (pid {Environment.ProcessId})", $"{owner}");
    }
}
