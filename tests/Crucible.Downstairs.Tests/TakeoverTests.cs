using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

public class TakeoverTests
{
    private static readonly Guid Other = new("0d0d0d0d-0000-0000-0000-000000000002");

    [Fact]
    public void I4_a_higher_generation_takes_over_and_the_one_before_is_cut_off()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var before = daemon.Activate(1);
        before.Write(1000, 0, 1, 1);

        using var after = daemon.Activate(2, Other);
        before.QueueWrite(1001, 0, 1, 99);
        before.Frames.Flush();

        Assert.Equal([MessageKind.YouAreNoLongerActive], before.ReceiveToEnd());
        Assert.Equal([1], after.Read(1000, 0, 1));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(4, true)]
    public void I4_what_was_promised_holds_after_a_restart(ulong generation, bool sameSession)
    {
        using var region = new TestRegion();
        using (var daemon = new TestDaemon(region))
        {
            daemon.Activate(5).Dispose();
        }

        using var again = new TestDaemon(region);
        using var client = again.Connect();
        client.Greet(sameSession ? TestClient.DefaultSession : Other);
        client.RequestPromotion(generation);

        var refused = client.Receive<RefusedHeader>();
        Assert.Equal((RefusalCode.Generation, new Generation(5)), (refused.Code, refused.Promised));
        Assert.Empty(client.ReceiveToEnd());
    }

    [Fact]
    public void The_same_session_comes_back_and_replays()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using (var first = daemon.Activate(1))
        {
            first.Write(1000, 0, 1, 1);
            first.Write(1001, 0, 1, 2);
        }

        using var second = daemon.Activate(1);
        second.Write(1000, 0, 1, 1);
        second.Write(1001, 0, 1, 2);
        second.Flush(1002, 1);

        Assert.Equal([2], second.Read(1003, 0, 1));
    }

    [Fact]
    public void Another_volume_is_refused()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        daemon.Activate(1).Dispose();
        using var client = daemon.Connect();
        client.Greet();

        client.Send(new PromoteToActiveHeader(new Generation(2), client.Session, new VolumeId(Other)));

        Assert.Equal(RefusalCode.Identity, client.Receive<RefusedHeader>().Code);
    }

    [Fact]
    public void A_region_served_read_only_takes_readers_only()
    {
        using var region = new TestRegion();
        using (var daemon = new TestDaemon(region))
        using (var client = daemon.Activate(1))
        {
            client.Write(1000, 0, 1, 6);
            client.Flush(1001, 1);
        }

        using var readOnly = new TestDaemon(region, readOnly: true);
        using var reader = readOnly.Connect();
        Assert.True(reader.Greet(readOnly: true).ReadOnly);
        Assert.Equal([6], reader.Read(1, 0, 1));

        using var writer = readOnly.Connect();
        writer.Send(new HereIAmHeader(1, 1, default, default, default, false, false, false));
        Assert.Equal(RefusalCode.ReadOnly, writer.Receive<RefusedHeader>().Code);
    }

    [Fact]
    public void A_connection_that_does_not_greet_is_ended()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region, adjust: o => o with { GreetingTimeout = TimeSpan.FromMilliseconds(50) });
        using var client = daemon.Connect();

        Assert.Empty(client.ReceiveToEnd());
    }
}
