using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class JobShapeTests
{
    [Theory]
    [InlineData(9, 2)]
    [InlineData(39, 2)]
    [InlineData(40, 1)]
    [InlineData(ulong.MaxValue, 1)]
    public void A_range_outside_one_extent_fails_alone_and_the_next_job_is_taken(ulong block, uint count)
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, new DiscardHeader(new Generation(1), new JobId(1000), default, new BlockIndex(block), count, default));
        harness.Write(peer, 1001);
        harness.Core.OnCommitted(ErrorCode.None);

        Assert.Equal(
            ["skipped 1000 OutOfRange", "append write 1001", "ack 1 1000 OutOfRange", "ack 1 1001 None"], harness.Output.Take());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    public void A_read_outside_one_extent_is_answered_with_an_error(uint count)
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Read(peer, 1000, 0, count);

        Assert.Equal(ErrorCode.OutOfRange, harness.Output.LastSent<ReadAckHeader>().Result);
        Assert.Equal(ConnectionState.Active, peer.State);
    }

    [Fact]
    public void A_write_whose_payload_contexts_and_count_differ_is_a_violation()
    {
        var good = CoreHarness.WriteOf(1000, 0, 2, 1);
        var empty = good.Contexts.ToArray();
        BlockContext.WriteEmpty(empty.AsSpan(0, 16), BlockState.Zeroes);
        var malformed = good.Contexts.ToArray();
        malformed[12] = 1;

        AssertViolation(good, new byte[512]);
        AssertViolation(good, null);
        AssertViolation(good with { BlockCount = 3 }, new byte[1536]);
        AssertViolation(good with { BlockCount = 0, Contexts = default }, null);
        AssertViolation(good with { BlockCount = uint.MaxValue }, new byte[1024]);
        AssertViolation(good with { Contexts = empty }, new byte[1024]);
        AssertViolation(good with { Contexts = malformed }, new byte[1024]);
    }

    [Fact]
    public void Blocks_that_were_damaged_on_the_way_end_the_connection_and_what_came_before_stays()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Write(peer, 1000);
        harness.Output.AppendResult = ErrorCode.IntegrityError;

        harness.Write(peer, 1001);

        Assert.Equal(["append write 1000", "send 1 Goodbye", "close 1"], harness.Output.Take());
        Assert.Contains("damaged", harness.Output.LastSent<GoodbyeHeader>().Text, StringComparison.Ordinal);
        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Empty(harness.Output.Take());
    }

    [Fact]
    public void An_empty_write_over_too_many_blocks_is_a_violation()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, new WriteZeroesHeader(
            new Generation(1), new JobId(1000), default, default, WireLimits.MaxEmptyBlocksPerJob + 1, default));

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_kind_that_no_upstairs_sends_is_a_violation()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, new YouAreNowActiveHeader(new Generation(1)));

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_reader_reads_without_a_generation_and_writes_nothing()
    {
        var harness = new CoreHarness();
        var reader = harness.Greeted(readOnly: true);

        harness.Read(reader, 1000, generation: 0);
        harness.Write(reader, 1001);
        harness.Core.OnCommitted(ErrorCode.None);

        Assert.Equal(["read 1 1000", "skipped 1001 ReadOnly", "ack 1 1001 ReadOnly"], harness.Output.Take());
    }

    [Fact]
    public void I4_jobs_of_a_connection_that_did_not_take_over_are_refused()
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Write(peer, 1000);
        harness.Flush(peer, 1001, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Read(peer, 1002);

        Assert.Equal(
            ["skipped 1000 NotActive", "skipped 1001 NotActive", "ack 1 1000 NotActive", "ack 1 1001 NotActive",
                "skipped 1002 NotActive", "send 1 ReadAck"],
            harness.Output.Take());
    }

    private static void AssertViolation(WriteHeader header, byte[]? payload)
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, header, payload);

        Assert.Equal(["send 1 Goodbye", "close 1"], harness.Output.Take());
    }
}
