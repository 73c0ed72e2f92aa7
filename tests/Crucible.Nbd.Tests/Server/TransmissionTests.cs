namespace Crucible.Nbd.Tests.Server;

public sealed class TransmissionTests
{
    private const int ForceUnitAccess = 1;
    private const int NoHole = 2;
    private const int Cache = 5;

    [Fact]
    public async Task What_is_written_is_read_back_in_any_alignment()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        Assert.Equal(512_000ul, client.Size);
        var data = Enumerable.Range(0, 20_000).Select(i => (byte)(i % 251)).ToArray();

        client.Write(1000, data);
        client.Write(1001, [255]);

        data[1] = 255;
        Assert.Equal(data, client.Read(1000, data.Length));
        Assert.Equal(new byte[1000], client.Read(0, 1000));
    }

    [Fact]
    public async Task What_is_cached_is_read_once_a_piece_at_a_time()
    {
        await using var served = await ServedVolume.BeginAsync(definition: new RegionDefinition(4096, 512, 4));
        var client = served.Use();
        client.Write(0, Enumerable.Range(0, 8 << 20).Select(i => (byte)(i % 251)).ToArray());
        served.HoldReads();

        client.Request(Cache, 1, 4096 * 3, (7 << 20) + 5);

        served.WaitUntil(s => s.Connections[0].RequestsInFlight == 1 && s.BytesInFlight is > 1 << 20 and < 2 << 20);
        served.Downstairs[0].ReadArrived.Wait();
        served.ReleaseReads();
        Assert.Equal((1ul, 0u), client.Reply());

        // Hedging may have asked a second replica for some.
        Assert.InRange(served.Downstairs.Sum(one => (long)one.BlocksRead), ((7 << 20) / 4096) + 1, 3 * (((7 << 20) / 4096) + 2));
        served.WaitUntil(s => s.BytesInFlight == 0);
        client.Request(Cache, 2, 0, 0);
        Assert.Equal((2ul, 0u), client.Reply());
    }

    [Fact]
    public async Task What_can_not_be_read_can_not_be_cached_and_a_range_outside_is_refused()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        client.Write(0, [.. Enumerable.Repeat((byte)1, 1024)]);
        Array.ForEach(served.Downstairs, one => one.Flips = true);

        client.Request(Cache, 1, 0, 1024);
        Assert.Equal((1ul, 5u), client.Reply());
        client.Request(Cache, 2, 512_000 - 1024, 2048);
        Assert.Equal((2ul, 22u), client.Reply());

        Array.ForEach(served.Downstairs, one => one.Flips = false);
        client.Request(Cache, 3, 0, 1024);
        Assert.Equal((3ul, 0u), client.Reply());
    }

    [Fact]
    public async Task What_is_cached_for_nobody_any_more_is_given_up()
    {
        await using var served = await ServedVolume.BeginAsync(definition: new RegionDefinition(4096, 512, 4));
        var client = served.Use();
        client.Write(0, Enumerable.Range(0, 8 << 20).Select(i => (byte)(i % 251)).ToArray());
        served.HoldReads();
        client.Request(Cache, 1, 0, 8 << 20);
        served.Downstairs[0].ReadArrived.Wait();

        client.Dispose();
        await Task.Delay(100);
        served.ReleaseReads();

        served.WaitUntil(s => s.Connections.Count == 0 && s.BytesInFlight == 0);
        Assert.InRange(served.Downstairs.Sum(one => (long)one.BlocksRead), 0, 3 * 2 * 256);
    }

    [Fact]
    public async Task Structured_replies_carry_the_offset_and_end()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use(structured: true);
        client.Request(1, 7, 512, 4, [1, 2, 3, 4]);
        Assert.Equal((7ul, 1, 0, 0), client.Chunk() is var done ? (done.Cookie, done.Flags, done.Type, done.Payload.Length) : default);

        client.Request(0, 8, 512, 4);

        var (cookie, flags, type, payload) = client.Chunk();
        Assert.Equal((8ul, 1, 1), (cookie, flags, type));
        Assert.Equal([0, 0, 0, 0, 0, 0, 2, 0, 1, 2, 3, 4], payload);
    }

    [Fact]
    public async Task Requests_are_answered_as_they_are_done_not_as_they_came()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        served.HoldReads();

        // Reads from the disk wait; a refused request does not.
        client.Request(0, 1, 0, 512);
        client.Request(99, 2, 0, 0);

        Assert.Equal((2ul, 22u), client.Reply());
        served.ReleaseReads();
        Assert.Equal((1ul, 0u), client.Reply());
        Assert.Equal(new byte[512], client.Take(512));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(6, NoHole)]
    public async Task What_was_trimmed_or_zeroed_reads_as_zeroes(int command, int flags = 0)
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        var data = Enumerable.Repeat((byte)9, 4096).ToArray();
        client.Write(0, data);

        client.Request(command, 3, 100, 2000, flags: flags);

        Assert.Equal((3ul, 0u), client.Reply());
        data.AsSpan(100, 2000).Clear();
        Assert.Equal(data, client.Read(0, 4096));
    }

    // I2: what was acknowledged before a flush is durable after it.
    [Fact]
    public async Task I2_Fua_is_answered_after_a_flush_and_flush_is_one()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        int FlushedReplicas(int most) => served.Downstairs.Count(one => one.Flushes >= most);

        client.Write(0, new byte[512], ForceUnitAccess);
        Assert.True(FlushedReplicas(1) >= 2);

        client.Write(512, [1]);
        client.Request(3, 5, 0, 0);
        Assert.Equal((5ul, 0u), client.Reply());
        Assert.True(FlushedReplicas(2) >= 2);
    }

    // I9: a read sees every write that was acknowledged, by whichever connection: that is what CAN_MULTI_CONN promises.
    [Fact]
    public async Task I9_Connections_see_each_others_writes()
    {
        await using var served = await ServedVolume.BeginAsync();
        var clients = Enumerable.Range(0, 100).Select(_ => served.Use()).ToArray();

        for (var i = 0; i < clients.Length; i++)
        {
            clients[i].Write((ulong)i, [(byte)(i + 1)]);
            Assert.Equal([(byte)(i + 1)], clients[(i + 37) % clients.Length].Read((ulong)i, 1));
        }

        Assert.Equal([.. Enumerable.Range(1, 100).Select(i => (byte)i)], served.Use("archive").Read(0, 100));
    }

    [Fact]
    public async Task A_read_only_export_refuses_to_be_changed_and_goes_on()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use("archive");

        client.Request(1, 1, 0, 3, [1, 2, 3]);
        Assert.Equal((1ul, 1u), client.Reply());
        client.Request(4, 2, 0, 512);
        Assert.Equal((2ul, 1u), client.Reply());
        client.Request(3, 3, 0, 0);
        Assert.Equal((3ul, 0u), client.Reply());
        Assert.Equal(new byte[3], client.Read(0, 3));
    }

    [Fact]
    public async Task The_longest_requests_are_served_and_longer_ones_survived()
    {
        const int Longest = 32 << 20;
        await using var served = await ServedVolume.BeginAsync(definition: new RegionDefinition(4096, 2048, 5));
        var client = served.Use();
        var data = new byte[Longest];
        new Random(5).NextBytes(data);

        client.Write(4096, data);
        Assert.True(data.AsSpan().SequenceEqual(client.Read(4096, Longest)));
        client.Request(0, 1, 0, Longest + 1);
        Assert.Equal((1ul, 75u), client.Reply());
        client.Request(1, 2, 0, Longest + 1, new byte[Longest + 1]);
        Assert.Equal((2ul, 22u), client.Reply());
        Assert.Equal(data[..100], client.Read(4096, 100));
    }

    [Fact]
    public async Task Goodbye_comes_after_the_replies_that_are_owed()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        served.HoldReads();

        client.Request(0, 1, 0, 512);
        client.Request(2, 2, 0, 0);
        served.Downstairs[0].ReadArrived.Wait();
        served.ReleaseReads();

        Assert.Equal((1ul, 0u), client.Reply());
        client.Take(512);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task Status_tells_who_is_there_and_what_was_done()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Use();
        client.Write(0, new byte[1000]);
        client.Read(0, 300);
        client.Request(99, 1, 0, 0);
        client.Reply();

        served.WaitUntil(s => s.Connections is [{ RequestsInFlight: 0 }]);
        var status = served.Server.GetStatus();

        var one = Assert.Single(status.Connections);
        Assert.Equal((1, "unix", "disk", false), (one.Id, one.Peer, one.Export, one.Tls));
        Assert.Equal(new NbdTotals(1, 1, 0, 1, 1, 300, 1000), one.Totals);
        Assert.Equal(one.Totals, status.Totals);
        client.Dispose();
        served.WaitUntil(s => s.Connections.Count == 0);
        Assert.Equal(one.Totals, served.Server.GetStatus().Totals);
    }
}
