namespace Crucible.Nbd.Tests.Server;

public sealed class LifeTests
{
    [Fact]
    public async Task A_client_that_vanishes_in_the_midst_of_a_write_changes_nothing_and_costs_nobody()
    {
        await using var served = await ServedVolume.BeginAsync();
        var other = served.Use();
        var client = served.Use();

        client.Request(1, 1, 0, 100_000, new byte[50_000].Select(_ => (byte)1).ToArray());
        served.WaitUntil(s => s.BytesInFlight > 100_000);
        client.Dispose();

        served.WaitUntil(s => s.Connections.Count == 1 && s.BytesInFlight == 0);
        Assert.Equal(new byte[100], other.Read(0, 100));
    }

    [Fact]
    public async Task A_client_that_vanishes_while_the_volume_works_for_it_costs_nobody()
    {
        await using var served = await ServedVolume.BeginAsync();
        var other = served.Use();
        var client = served.Use();
        served.HoldReads();
        for (uint i = 0; i < 20; i++)
        {
            client.Request(0, i, i * 512, 512);
        }

        served.Downstairs[0].ReadArrived.Wait();
        client.Dispose();
        served.ReleaseReads();

        served.WaitUntil(s => s.Connections.Count == 1 && s.BytesInFlight == 0);
        Assert.Equal(new byte[100], other.Read(0, 100));
    }

    [Fact]
    public async Task A_client_that_reads_no_replies_holds_up_nobody_else()
    {
        await using var served = await ServedVolume.BeginAsync(o => o with { MaxBytesInFlight = 1 << 20 });
        var other = served.Use();
        var client = served.Use();

        // What the socket does not take stays in flight; at the limit, no more requests are taken.
        for (uint i = 0; i < 60; i++)
        {
            client.Request(0, i, 0, 100_000);
        }

        served.WaitUntil(s => s.Connections[1].BytesInFlight > 500_000);
        Assert.InRange(served.Server.GetStatus().BytesInFlight, 0, 1 << 20);
        Assert.Equal(new byte[100_000], other.Read(0, 100_000));
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(0u, client.Reply().Error);
            client.Take(100_000);
        }
    }

    [Fact]
    public async Task More_connections_than_allowed_are_closed_at_once_until_another_ends()
    {
        await using var served = await ServedVolume.BeginAsync(o => o with { MaxConnections = 2 });
        var first = served.Use();
        served.Use();

        Assert.True(served.Connect().IsEnded());
        Assert.Equal(1, served.Server.GetStatus().Refused);

        first.Dispose();
        served.WaitUntil(s => s.Connections.Count == 1);
        served.Use();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_does_not_shake_hands_in_time_is_closed(bool begins)
    {
        await using var served = await ServedVolume.BeginAsync(o => o with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) });
        var used = served.Use();
        var client = served.Connect();
        if (begins)
        {
            client.Begin();
            client.Send([(byte)'I']);
        }
        else
        {
            client.Take(18);
        }

        Assert.True(client.IsEnded());
        served.WaitUntil(s => s.HandshakesFailed == 1);
        Assert.Equal(new byte[10], used.Read(0, 10));
    }

    [Fact]
    public async Task Stopping_answers_what_is_under_way_and_takes_nothing_more()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        served.HoldReads();
        client.Request(0, 1, 0, 512);
        served.Downstairs[0].ReadArrived.Wait();

        var stopping = served.Server.StopAsync(TimeSpan.FromSeconds(30));
        Assert.False(stopping.IsCompleted);
        served.ReleaseReads();
        await stopping;

        Assert.Equal((1ul, 0u), client.Reply());
        client.Take(512);
        Assert.True(client.IsEnded());
        Assert.Throws<System.Net.Sockets.SocketException>(() => served.Connect());
    }

    [Fact]
    public async Task Stopping_without_time_cuts_what_is_under_way()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        served.HoldReads();
        client.Request(0, 1, 0, 512);
        served.Downstairs[0].ReadArrived.Wait();

        await served.Server.StopAsync(TimeSpan.Zero);

        Assert.True(client.IsEnded());
        served.ReleaseReads();
        served.WaitUntil(s => s.Connections.Count == 0);
    }

    [Fact]
    public async Task A_block_that_no_replica_holds_undamaged_is_an_error_of_its_own()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        client.Write(0, [.. Enumerable.Repeat((byte)1, 1024)]);
        Array.ForEach(served.Downstairs, one => one.Flips = true);

        client.Request(0, 1, 0, 512);
        Assert.Equal((1ul, 5u), client.Reply());

        Array.ForEach(served.Downstairs, one => one.Flips = false);
        Assert.Equal([1, 1, 1], client.Read(600, 3));
    }

    [Fact]
    public async Task A_volume_that_has_ended_is_told_as_a_shutdown_on_a_connection_that_goes_on()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();

        await served.Volume.DisposeAsync();

        for (ulong i = 0; i < 3; i++)
        {
            client.Request(0, i, 0, 512);
            Assert.Equal((i, 108u), client.Reply());
        }
    }

    [Fact]
    public async Task Options_that_cannot_be_are_refused()
    {
        await using var served = await ServedVolume.BeginAsync();
        var options = new NbdServerOptions { Exports = [new NbdExport { Name = "a", Volume = served.Volume }] };

        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { Exports = [] }));
        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { Exports = [options.Exports[0], options.Exports[0]] }));
        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { DefaultExport = "b" }));
        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { MaxConnections = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { MaxBytesInFlight = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { HandshakeTimeout = TimeSpan.Zero }));
        Assert.ThrowsAny<ArgumentException>(() => new NbdServer(options with { SendTimeout = TimeSpan.FromSeconds(-1) }));
    }
}
