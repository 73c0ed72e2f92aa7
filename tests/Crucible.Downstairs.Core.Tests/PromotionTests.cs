using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class PromotionTests
{
    private static PromoteToActiveHeader Promotion(ulong generation, SessionId session, VolumeId? volume = null) =>
        new(new Generation(generation), session, volume ?? CoreHarness.Volume);

    [Fact]
    public void I4_a_session_is_active_only_once_its_generation_is_durable()
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Deliver(peer, Promotion(1, CoreHarness.Session));
        Assert.Equal(["promote 1 1"], harness.Output.Take());
        Assert.Equal(ConnectionState.Promoting, peer.State);

        harness.Core.OnPromoted(peer, ErrorCode.None);
        Assert.Equal(["send 1 YouAreNowActive"], harness.Output.Take());
        Assert.Same(peer, harness.Core.Active);
    }

    [Theory]
    [InlineData(4, false, RefusalCode.Generation)]
    [InlineData(5, false, RefusalCode.Generation)]
    [InlineData(4, true, RefusalCode.Generation)]
    public void I4_a_lower_generation_or_an_equal_one_of_another_session_is_refused_also_after_a_restart(
        ulong generation, bool sameSession, RefusalCode code)
    {
        var harness = new CoreHarness(CoreHarness.Held(5, CoreHarness.Session, 1010));
        var session = sameSession ? CoreHarness.Session : CoreHarness.OtherSession;
        var peer = harness.Greeted(session);

        harness.Deliver(peer, Promotion(generation, session));

        Assert.Equal(code, harness.Output.LastSent<RefusedHeader>().Code);
        Assert.Equal(new Generation(5), harness.Output.LastSent<RefusedHeader>().Promised);
        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void The_same_session_again_or_a_higher_generation_takes_over(ulong generation, bool sameSession)
    {
        var harness = new CoreHarness(CoreHarness.Held(5, CoreHarness.Session, 1010));
        var session = sameSession ? CoreHarness.Session : CoreHarness.OtherSession;
        var peer = harness.Greeted(session);

        harness.Deliver(peer, Promotion(generation, session));

        Assert.Equal([$"promote 1 {generation}"], harness.Output.Take());
    }

    [Fact]
    public void Another_volume_is_refused()
    {
        var harness = new CoreHarness(CoreHarness.Held(5, CoreHarness.Session, 1010));
        var peer = harness.Greeted();

        harness.Deliver(peer, Promotion(6, CoreHarness.Session, new VolumeId(Guid.AllBitsSet)));

        Assert.Equal(RefusalCode.Identity, harness.Output.LastSent<RefusedHeader>().Code);
    }

    [Fact]
    public void A_second_volume_is_refused_also_while_the_first_is_not_durable_yet()
    {
        var harness = new CoreHarness();
        harness.Deliver(harness.Greeted(), Promotion(1, CoreHarness.Session));
        var second = harness.Greeted(CoreHarness.OtherSession);

        harness.Deliver(second, Promotion(2, CoreHarness.OtherSession, new VolumeId(Guid.AllBitsSet)));

        Assert.Equal(RefusalCode.Identity, harness.Output.LastSent<RefusedHeader>().Code);
    }

    [Fact]
    public void I4_the_session_before_is_told_and_nothing_it_sends_later_has_any_effect()
    {
        var harness = new CoreHarness();
        var before = harness.ActivePeer();
        harness.Write(before, 1000);
        var after = harness.Greeted(CoreHarness.OtherSession);
        harness.Output.Take();

        harness.Deliver(after, Promotion(2, CoreHarness.OtherSession));
        Assert.Equal(["send 1 YouAreNoLongerActive", "close 1", "promote 2 2"], harness.Output.Take());

        harness.Write(before, 1001);
        harness.Flush(before, 1002, 1);
        harness.Read(before, 1003);
        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Empty(harness.Output.Take());
    }

    [Fact]
    public void I4_of_two_that_take_over_at_once_only_the_higher_becomes_active()
    {
        var harness = new CoreHarness();
        var lower = harness.Greeted();
        var higher = harness.Greeted(CoreHarness.OtherSession);

        harness.Deliver(lower, Promotion(1, CoreHarness.Session));
        harness.Deliver(higher, Promotion(2, CoreHarness.OtherSession));
        harness.Output.Take();
        harness.Core.OnPromoted(lower, ErrorCode.None);
        harness.Core.OnPromoted(higher, ErrorCode.None);

        Assert.Equal(["send 2 YouAreNowActive"], harness.Output.Take());
        Assert.Equal(ConnectionState.Ended, lower.State);
    }

    [Fact]
    public void I10_a_promotion_that_could_not_be_made_durable_is_refused_and_the_region_faulted()
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();
        harness.Deliver(peer, Promotion(1, CoreHarness.Session));

        harness.Core.OnPromoted(peer, ErrorCode.IoError);
        Assert.Equal(RefusalCode.Faulted, harness.Output.LastSent<RefusedHeader>().Code);

        var next = harness.Greeted();
        harness.Deliver(next, Promotion(2, CoreHarness.Session));
        Assert.Equal(RefusalCode.Faulted, harness.Output.LastSent<RefusedHeader>().Code);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    public void A_promotion_that_names_nothing_or_another_session_is_a_violation(ulong generation, int volume, int session)
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Deliver(peer, new PromoteToActiveHeader(
            new Generation(generation),
            session == 1 ? CoreHarness.Session : CoreHarness.OtherSession,
            volume == 1 ? CoreHarness.Volume : VolumeId.None));

        Assert.Equal(["send 1 Goodbye", "close 1"], harness.Output.Take());
    }

    [Fact]
    public void A_reader_takes_nothing_over()
    {
        var harness = new CoreHarness();
        var reader = harness.Greeted(readOnly: true);

        harness.Deliver(reader, Promotion(1, CoreHarness.Session));

        Assert.Equal(ConnectionState.Ended, reader.State);
        Assert.Null(harness.Core.Active);
    }
}
