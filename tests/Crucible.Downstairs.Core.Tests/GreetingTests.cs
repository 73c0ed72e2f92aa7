using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class GreetingTests
{
    [Fact]
    public void A_greeting_is_answered_with_geometry_and_the_promised_generation()
    {
        var harness = new CoreHarness(CoreHarness.Held(9, CoreHarness.Session, 1000));
        var peer = harness.Connect();

        harness.Deliver(peer, CoreHarness.Greeting(CoreHarness.Session));

        var answer = harness.Output.LastSent<YesItsMeHeader>();
        Assert.Equal(((uint)ProtocolVersions.Newest, 512u, 10u, 4u), (answer.Version, answer.BlockSizeBytes, answer.ExtentSizeBlocks, answer.ExtentCount));
        Assert.Equal(new Generation(9), answer.Promised);
        Assert.Equal(CoreHarness.Volume, answer.Volume);
        Assert.Equal(ConnectionState.Accepted, peer.State);
    }

    public static TheoryData<uint, uint, bool, bool, ulong, bool, RefusalCode> Refusals => new()
    {
        { (uint)ProtocolVersions.Newest + 1, 5, false, false, 0, false, RefusalCode.Version },
        { 0, 0, false, false, 0, false, RefusalCode.Version },
        { 1, 1, false, true, 0, false, RefusalCode.Encryption },
        { 1, 1, false, false, 0, true, RefusalCode.ReadOnly },
        { 1, 1, false, false, 8, false, RefusalCode.Generation },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_greeting_that_does_not_fit_is_refused_with_its_reason(
        uint oldest, uint newest, bool readOnly, bool encrypted, ulong generation, bool servedReadOnly, RefusalCode code)
    {
        var harness = new CoreHarness(CoreHarness.Held(9, CoreHarness.Session, 1000), servedReadOnly);
        var peer = harness.Connect();

        harness.Deliver(peer, new HereIAmHeader(
            oldest, newest, new UpstairsId(Guid.Empty), CoreHarness.OtherSession, new Generation(generation), readOnly, encrypted, false));

        var refused = harness.Output.LastSent<RefusedHeader>();
        Assert.Equal(code, refused.Code);
        Assert.Equal(new Generation(9), refused.Promised);
        Assert.NotEmpty(refused.Text);
        Assert.Equal(["send 1 Refused", "close 1"], harness.Output.Take());
        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_newer_upstairs_that_still_knows_our_version_is_accepted()
    {
        var harness = new CoreHarness();
        var peer = harness.Connect();

        harness.Deliver(peer, CoreHarness.Greeting(CoreHarness.Session) with { NewestVersion = 17 });

        Assert.Equal((uint)ProtocolVersions.Newest, harness.Output.LastSent<YesItsMeHeader>().Version);
    }

    [Fact]
    public void A_reader_is_welcome_whatever_generation_it_names()
    {
        var harness = new CoreHarness(CoreHarness.Held(9, CoreHarness.Session, 1000), servedReadOnly: true);
        var peer = harness.Connect();

        harness.Deliver(peer, CoreHarness.Greeting(CoreHarness.OtherSession, generation: 2, readOnly: true));

        Assert.Equal(ConnectionState.ReadOnly, peer.State);
        Assert.True(harness.Output.LastSent<YesItsMeHeader>().ReadOnly);
    }

    [Fact]
    public void Anything_before_the_greeting_ends_the_connection()
    {
        var harness = new CoreHarness();
        var peer = harness.Connect();

        harness.Deliver(peer, new RuokHeader(1));

        Assert.Equal(["send 1 Goodbye", "close 1"], harness.Output.Take());
    }

    [Fact]
    public void A_second_greeting_is_a_violation()
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Deliver(peer, CoreHarness.Greeting(CoreHarness.Session));

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void One_connection_too_many_is_refused_and_a_place_that_is_free_again_is_given_away()
    {
        var harness = new CoreHarness();
        var first = harness.Greeted();
        for (var i = 1; i < DownstairsLimits.MaxConnections; i++)
        {
            harness.Greeted();
        }

        var refused = harness.Connect();
        Assert.Equal(ConnectionState.Ended, refused.State);
        Assert.Equal(RefusalCode.Busy, harness.Output.LastSent<RefusedHeader>().Code);

        harness.Core.OnDisconnected(refused);
        harness.Core.OnDisconnected(first);
        Assert.Equal(ConnectionState.Greeting, harness.Connect().State);
    }

    [Fact]
    public void I8_connections_that_never_greet_keep_no_upstairs_out_the_oldest_of_them_gives_way()
    {
        var harness = new CoreHarness();
        var working = harness.ActivePeer();
        var silent = Enumerable.Range(1, DownstairsLimits.MaxConnections - 1).Select(_ => harness.Connect()).ToList();

        var next = harness.Greeted();

        Assert.Equal(ConnectionState.Accepted, next.State);
        Assert.Equal(ConnectionState.Ended, silent[0].State);
        Assert.All(silent.Skip(1), s => Assert.Equal(ConnectionState.Greeting, s.State));
        Assert.Equal(ConnectionState.Active, working.State);
    }

    [Fact]
    public void I7_connections_that_were_ended_and_do_not_go_are_bounded_too()
    {
        var harness = new CoreHarness();
        var peers = Enumerable.Range(0, DownstairsLimits.MaxConnectionsWithEnding).Select(_ => harness.Connect()).ToList();

        var refused = harness.Connect();
        Assert.Equal(ConnectionState.Ended, refused.State);

        harness.Core.OnDisconnected(refused);
        harness.Core.OnDisconnected(peers[0]);
        Assert.Equal(ConnectionState.Greeting, harness.Connect().State);
    }

    [Fact]
    public void Nothing_but_the_drawn_transitions_is_allowed()
    {
        var drawn = new HashSet<(ConnectionState, ConnectionState)>
        {
            (ConnectionState.Greeting, ConnectionState.Accepted),
            (ConnectionState.Greeting, ConnectionState.ReadOnly),
            (ConnectionState.Accepted, ConnectionState.Promoting),
            (ConnectionState.Promoting, ConnectionState.Active),
        };
        var states = Enum.GetValues<ConnectionState>();
        foreach (var from in states)
        {
            foreach (var to in states)
            {
                var expected = drawn.Contains((from, to)) || (to == ConnectionState.Ended && from != ConnectionState.Ended);
                Assert.Equal(expected, ConnectionTransitions.Allows(from, to));
            }
        }
    }
}
