using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class RepairTests
{
    private static readonly JobId Control = JobId.FirstControl;

    [Fact]
    public void Control_jobs_follow_no_order_and_move_none()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, Repair(Control.Next(), 0, 1), new byte[512]);
        harness.Deliver(peer, Repair(Control, 3, 2), new byte[1024]);
        harness.Write(peer, 1000);
        harness.Core.OnCommitted(ErrorCode.None);

        Assert.Equal(
            [$"append repair {Control.Next()}", $"append repair {Control}", "append write 1000",
                $"ack 1 {Control.Next()} None", $"ack 1 {Control} None", "ack 1 1000 None"],
            harness.Output.Take());
    }

    [Fact]
    public void A_repair_carries_data_only_for_blocks_that_have_some()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        var contexts = CoreHarness.Contexts(0, 3);
        BlockContext.WriteEmpty(contexts.AsSpan(16, 16), BlockState.NeverWritten);
        var header = Repair(Control, 0, 3) with { Contexts = contexts };

        harness.Deliver(peer, header, new byte[1024]);
        Assert.Equal([$"append repair {Control}"], harness.Output.Take());

        harness.Deliver(peer, header, new byte[1536]);
        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_version_is_taken_over_only_for_an_extent_of_the_region()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        var version = new SetExtentVersionHeader(new Generation(1), Control, new ExtentId(3), new Generation(2), new FlushNumber(9), false);

        harness.Deliver(peer, version);
        harness.Deliver(peer, version with { Extent = new ExtentId(4) });
        harness.Core.OnCommitted(ErrorCode.None);

        Assert.Equal(
            ["append version 3 2:9", $"ack 1 {Control} None", $"ack 1 {Control} OutOfRange"], harness.Output.Take());
    }

    [Fact]
    public void Contexts_are_read_in_ranges_of_one_extent()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, new ReadContextsHeader(new Generation(1), Control, new BlockIndex(10), 10, Verify: true));
        harness.Deliver(peer, new ReadContextsHeader(new Generation(1), Control, new BlockIndex(11), 10, Verify: true));

        Assert.Equal([$"contexts 1 {Control}", "send 1 ContextsAck"], harness.Output.Take());
        Assert.Equal(ErrorCode.OutOfRange, harness.Output.LastSent<ContextsAckHeader>().Result);
    }

    [Fact]
    public void Being_in_sync_is_noted_as_of_the_last_job_and_the_last_flush_of_the_connection()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Deliver(peer, new BeginRepairHeader(new Generation(1), Control));
        harness.Deliver(peer, new BeginRepairHeader(new Generation(1), Control.Next()));
        harness.Deliver(peer, new MarkInSyncHeader(new Generation(1), Control));
        Assert.Equal(
            [$"note BeginRepair 1 {Control}", $"note BeginRepair 1 {Control.Next()}", $"note MarkInSync 1 {Control}"],
            harness.Output.Take());

        harness.Flush(peer, 1004, 7);
        harness.Write(peer, 1005);
        harness.Deliver(peer, Repair(Control, 3, 1), new byte[512]);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Output.Take();
        harness.Deliver(peer, new MarkInSyncHeader(new Generation(1), Control));

        Assert.Equal([$"note MarkInSync 1 {Control} after 1005 flush 7"], harness.Output.Take());
    }

    [Theory]
    [InlineData(MessageKind.QueryRegionInfo, CommitRule.Always)]
    [InlineData(MessageKind.QueryExtentVersions, CommitRule.Always)]
    [InlineData(MessageKind.PromoteToActive, CommitRule.Always)]
    [InlineData(MessageKind.BeginRepair, CommitRule.Always)]
    [InlineData(MessageKind.MarkInSync, CommitRule.Always)]
    [InlineData(MessageKind.Read, CommitRule.WhereItOverlaps)]
    [InlineData(MessageKind.ReadContexts, CommitRule.WhereItOverlaps)]
    [InlineData(MessageKind.Write, CommitRule.Never)]
    [InlineData(MessageKind.Flush, CommitRule.Never)]
    [InlineData(MessageKind.RepairWrite, CommitRule.Never)]
    public void What_tells_of_the_region_finds_everything_before_it_committed(MessageKind kind, CommitRule rule)
    {
        Assert.Equal(rule, DownstairsCore.CommitBefore(kind));
    }

    [Fact]
    public void Repair_may_say_that_a_block_is_lost_and_a_guest_s_write_may_not()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        var lost = new byte[16];
        BlockContext.WriteEmpty(lost, BlockState.Lost);

        harness.Deliver(peer, Repair(Control, 0, 1) with { Contexts = lost });
        Assert.Equal([$"append repair {Control}"], harness.Output.Take());

        harness.Deliver(peer, CoreHarness.WriteOf(1000, 0, 1, 1) with { Contexts = lost });
        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    private static RepairWriteHeader Repair(JobId job, ulong block, uint count) =>
        new(new Generation(1), job, new BlockIndex(block), count, CoreHarness.Contexts(block, count));
}
