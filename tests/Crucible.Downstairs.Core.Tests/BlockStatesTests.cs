using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class BlockStatesTests
{
    [Fact]
    public void States_are_told_within_one_extent_to_writers_and_to_readers()
    {
        var harness = new CoreHarness();
        var writer = harness.ActivePeer();
        var reader = harness.Greeted(CoreHarness.OtherSession, readOnly: true);

        harness.Deliver(writer, Ask(1000, 10, 10));
        harness.Deliver(reader, Ask(1000, 10, 10));
        harness.Deliver(writer, Ask(1001, 11, 10));
        harness.Deliver(writer, Ask(1002, 11, 0));
        harness.Deliver(writer, Ask(1003, 0, WireLimits.MaxStateBlocksPerJob + 1));

        Assert.Equal(
            [
                "states 1 1000", "states 2 1000",
                "skipped 1001 OutOfRange", "send 1 StatesAck",
                "skipped 1002 OutOfRange", "send 1 StatesAck",
                "skipped 1003 OutOfRange", "send 1 StatesAck",
            ],
            harness.Output.Take());
        Assert.Equal(new StatesAckHeader(new JobId(1003), ErrorCode.OutOfRange, default), harness.Output.LastSent<StatesAckHeader>());
    }

    [Fact]
    public void Who_is_not_active_is_told_nothing_and_another_generation_is_a_violation()
    {
        var harness = new CoreHarness();
        var accepted = harness.Greeted();
        harness.Deliver(accepted, Ask(1000, 0, 1));
        Assert.Equal(ErrorCode.NotActive, harness.Output.LastSent<StatesAckHeader>().Result);
        var active = harness.ActivePeer();

        harness.Deliver(active, Ask(1000, 0, 1) with { Generation = new Generation(2) });

        Assert.Equal(ConnectionState.Ended, active.State);
    }

    [Fact]
    public void Over_version_one_the_question_is_a_kind_that_nobody_knows()
    {
        var harness = new CoreHarness();
        var peer = harness.Connect();
        harness.Deliver(peer, CoreHarness.Greeting(CoreHarness.Session, readOnly: true) with { NewestVersion = 1 });
        Assert.Equal(1U, harness.Output.LastSent<YesItsMeHeader>().Version);

        harness.Deliver(peer, Ask(1000, 0, 1));

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    private static ReadStatesHeader Ask(ulong job, ulong start, uint count) =>
        new(new Generation(1), new JobId(job), new BlockIndex(start), count, default);
}
