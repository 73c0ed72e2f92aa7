using System.Net;
using System.Net.Sockets;

namespace Crucible.Nbd.Tests.Server;

/// <summary>Clients that have replies waiting for them, and take nothing, or little.</summary>
public sealed class StallTests
{
    private const int ReplyBytes = 100_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_takes_no_replies_is_dropped_and_what_it_held_comes_back(bool tcp)
    {
        await using var served = await ServedVolume.BeginAsync(o => o with { MaxBytesInFlight = 8 << 20, SendTimeout = TimeSpan.FromMilliseconds(500) });
        var other = served.Use();
        using var client = Use(served, tcp);

        Ask(client, 1000);

        served.WaitUntil(s => s.Dropped == 1 && s.Connections.Count == 1 && s.BytesInFlight == 0);
        Assert.Equal(new byte[ReplyBytes], other.Read(0, ReplyBytes));
        Assert.Equal(0, served.Server.GetStatus().HandshakesFailed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_reads_slowly_but_steadily_stays(bool tcp)
    {
        await using var served = await ServedVolume.BeginAsync(o => o with { MaxBytesInFlight = 8 << 20, SendTimeout = TimeSpan.FromSeconds(2) });
        using var client = Use(served, tcp);
        Ask(client, 1000);

        // Over four times the limit, and always with more waiting.
        for (var i = 0; i < 34; i++)
        {
            Assert.Equal(0u, client.Reply().Error);
            client.Take(ReplyBytes);
            await Task.Delay(250);
        }

        Assert.Equal(0, served.Server.GetStatus().Dropped);
        Assert.True(Assert.Single(served.Server.GetStatus().Connections).RequestsInFlight > 0);
    }

    [Fact]
    public async Task A_client_with_nothing_to_take_stays_and_so_does_one_whose_volume_is_slow()
    {
        await using var served = await ServedVolume.BeginAsync(o => o with { SendTimeout = TimeSpan.FromMilliseconds(100) });
        var idle = served.Use();
        var waits = served.Use();
        served.HoldReads();
        waits.Request(0, 1, 0, 512);
        served.Downstairs[0].ReadArrived.Wait();

        await Task.Delay(TimeSpan.FromMilliseconds(600));

        served.ReleaseReads();
        Assert.Equal((1ul, 0u), waits.Reply());
        Assert.Equal(new byte[10], idle.Read(0, 10));
        Assert.Equal(0, served.Server.GetStatus().Dropped);
    }

    private static NbdClient Use(ServedVolume served, bool tcp)
    {
        if (!tcp)
        {
            return served.Use();
        }

        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var endPoint = listening.LocalEndPoint!;
        served.Server.Listen(listening);
        var client = new NbdClient(endPoint);
        client.Begin();
        client.Go("disk");
        return client;
    }

    private static void Ask(NbdClient client, uint count)
    {
        // By one call: the server soon takes no more requests, and a client that waits for it would never get to the end.
        client.Send([.. Enumerable.Range(0, (int)count).SelectMany(i => NbdClient.Head(0, (ulong)i, 0, ReplyBytes))]);
    }
}
