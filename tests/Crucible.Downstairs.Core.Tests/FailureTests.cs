using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class FailureTests
{
    [Theory]
    [InlineData(ErrorCode.IoError)]
    [InlineData(ErrorCode.NoSpace)]
    public void A_replica_that_could_not_do_a_job_takes_no_later_one_and_still_reads(ErrorCode error)
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Write(peer, 1000);
        harness.Core.OnCommitted(error);
        Assert.Equal(["append write 1000", "send 1 ErrorReport", $"ack 1 1000 {error}"], harness.Output.Take());

        harness.Write(peer, 1001);
        harness.Flush(peer, 1002, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Read(peer, 1003);

        Assert.Equal(
            ["skipped 1001 RegionFaulted", "skipped 1002 RegionFaulted", "ack 1 1001 RegionFaulted", "ack 1 1002 RegionFaulted", "read 1 1003"],
            harness.Output.Take());
    }

    [Fact]
    public void I10_after_a_failed_sync_no_flush_succeeds_and_none_is_tried_again()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Flush(peer, 1000, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Core.OnSyncStarted();
        harness.Flush(peer, 1001, 2);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Output.Take();

        harness.Core.OnSynced(ErrorCode.IoError);

        Assert.Equal(["send 1 ErrorReport", "ack 1 1000 IoError", "ack 1 1001 RegionFaulted"], harness.Output.Take());
        Assert.False(harness.Core.OnSyncStarted());
        Assert.Equal(ErrorCode.IoError, harness.Output.LastSent<ErrorReportHeader>().Code);
    }

    [Fact]
    public void I10_a_sync_that_succeeds_after_a_failed_append_acknowledges_no_flush()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Flush(peer, 1000, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Core.OnSyncStarted();
        harness.Write(peer, 1001);
        harness.Core.OnCommitted(ErrorCode.IoError);
        harness.Output.Take();

        harness.Core.OnSynced(ErrorCode.None);

        Assert.Equal(["ack 1 1000 RegionFaulted"], harness.Output.Take());
    }

    [Fact]
    public void A_job_that_found_no_room_is_the_first_that_fails_and_what_came_before_it_is_as_good_as_ever()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Flush(peer, 1000, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Core.OnSyncStarted();
        harness.Flush(peer, 1001, 2);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Output.Take();

        harness.Core.OnNoRoom();
        harness.Write(peer, 1002);
        harness.Flush(peer, 1003, 3);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Core.OnSynced(ErrorCode.None);
        harness.Core.OnSyncStarted();
        harness.Core.OnSynced(ErrorCode.None);
        harness.Read(peer, 1004);

        Assert.Equal(
            ["send 1 ErrorReport", "skipped 1002 NoSpace", "skipped 1003 NoSpace", "ack 1 1002 NoSpace", "ack 1 1003 NoSpace",
                "ack 1 1000 None", "ack 1 1001 None", "read 1 1004"],
            harness.Output.Take());
        Assert.False(harness.Core.TakesJobs);
    }

    [Fact]
    public void A_region_that_ran_out_of_space_is_taken_over_anew_once_it_has_room_and_no_sooner()
    {
        var harness = new CoreHarness();
        harness.Core.OnNoRoom();
        harness.Output.Facts = harness.Output.Facts with { Full = true };
        var early = harness.Greeted();
        harness.Deliver(early, new PromoteToActiveHeader(new Generation(1), CoreHarness.Session, CoreHarness.Volume));
        Assert.Equal(RefusalCode.Faulted, harness.Output.LastSent<RefusedHeader>().Code);
        Assert.Contains("no restart is needed", harness.Output.LastSent<RefusedHeader>().Text, StringComparison.Ordinal);

        harness.Output.Facts = harness.Output.Facts with { Full = false };
        var peer = harness.ActivePeer();
        harness.Write(peer, 1000);
        harness.Core.OnCommitted(ErrorCode.None);

        Assert.Equal(["append write 1000", "ack 2 1000 None"], harness.Output.Take());
    }

    [Fact]
    public void I10_a_failed_sync_after_a_lack_of_space_needs_a_restart_all_the_same()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Flush(peer, 1000, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Core.OnSyncStarted();
        harness.Core.OnNoRoom();
        harness.Core.OnSynced(ErrorCode.IoError);

        var next = harness.Greeted();
        harness.Deliver(next, new PromoteToActiveHeader(new Generation(1), CoreHarness.Session, CoreHarness.Volume));

        Assert.Equal(RefusalCode.Faulted, harness.Output.LastSent<RefusedHeader>().Code);
        Assert.Contains("must be restarted", harness.Output.LastSent<RefusedHeader>().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_note_that_fails_faults_the_region()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Deliver(peer, new BeginRepairHeader(new Generation(1), new JobId(1000)));
        Assert.Equal(["note BeginRepair 1 1000"], harness.Output.Take());

        harness.Core.OnNoted(peer, new JobId(1000), ErrorCode.IoError);
        harness.Deliver(peer, new MarkInSyncHeader(new Generation(1), new JobId(1001)));

        Assert.Equal(["send 1 ErrorReport", "ack 1 1000 IoError", "ack 1 1001 RegionFaulted"], harness.Output.Take());
    }

    [Fact]
    public void What_fails_after_its_connection_is_gone_is_told_to_nobody_and_remembered()
    {
        var harness = new CoreHarness();
        var gone = harness.ActivePeer();
        harness.Write(gone, 1000);
        harness.Core.OnDisconnected(gone);
        harness.Output.Take();

        harness.Core.OnCommitted(ErrorCode.IoError);
        Assert.Empty(harness.Output.Take());

        var next = harness.Greeted();
        harness.Deliver(next, new PromoteToActiveHeader(new Generation(1), CoreHarness.Session, CoreHarness.Volume));
        Assert.Equal(RefusalCode.Faulted, harness.Output.LastSent<RefusedHeader>().Code);
    }
}
