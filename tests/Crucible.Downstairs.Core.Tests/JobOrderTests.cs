using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class JobOrderTests
{
    [Fact]
    public void I10_a_write_is_acknowledged_once_its_batch_is_committed()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Write(peer, 1000);
        harness.Write(peer, 1001, 10);
        Assert.Equal(["append write 1000", "append write 1001"], harness.Output.Take());
        Assert.True(harness.Core.NeedsCommit);

        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Equal(["ack 1 1000 None", "ack 1 1001 None"], harness.Output.Take());
        Assert.False(harness.Core.NeedsCommit);
    }

    [Fact]
    public void Since_when_jobs_wait_is_told_also_once_they_wait_for_something_else()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Core.Now = new Instant(5);
        harness.Write(peer, 1000);
        harness.Core.Now = new Instant(7);
        harness.Flush(peer, 1001, 1);

        Assert.Equal((peer, new JobId(1000), new Instant(5)), harness.Core.UncommittedAt(0));
        Assert.Equal((peer, new JobId(1001), new Instant(7)), harness.Core.UncommittedAt(1));
        harness.Core.Now = new Instant(9);
        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Equal((peer, new JobId(1001), new Instant(7)), harness.Core.UnsyncedAt(0));
    }

    [Fact]
    public void I10_a_flush_is_acknowledged_by_a_sync_that_began_after_its_commit()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Flush(peer, 1000, 1);
        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Equal(["append flush 1000 fln:1", "sync"], harness.Output.Take());

        Assert.True(harness.Core.OnSyncStarted());
        harness.Flush(peer, 1001, 2);
        harness.Core.OnCommitted(ErrorCode.None);
        harness.Output.Take();
        harness.Core.OnSynced(ErrorCode.None);
        Assert.Equal(["ack 1 1000 None"], harness.Output.Take());

        Assert.True(harness.Core.OnSyncStarted());
        harness.Core.OnSynced(ErrorCode.None);
        Assert.Equal(["ack 1 1001 None"], harness.Output.Take());
        Assert.False(harness.Core.OnSyncStarted());
    }

    [Fact]
    public void Many_flushes_share_one_sync()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        for (ulong i = 0; i < 200; i++)
        {
            harness.Flush(peer, 1000 + i, 1 + i);
        }

        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Single(harness.Output.Take(), "sync");

        harness.Core.OnSyncStarted();
        harness.Core.OnSynced(ErrorCode.None);
        Assert.Equal(Enumerable.Range(1000, 200).Select(job => $"ack 1 {job} None"), harness.Output.Take());
    }

    [Theory]
    [InlineData(1001)]
    [InlineData(1000)]
    public void Jobs_that_do_not_rise_are_a_violation(ulong second)
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Write(peer, 1001);

        harness.Write(peer, second);

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void Reads_may_come_in_any_order()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Write(peer, 1005);
        harness.Output.Take();

        harness.Read(peer, 1007);
        harness.Read(peer, 1002);

        Assert.Equal(["read 1 1007", "read 1 1002"], harness.Output.Take());
    }

    [Fact]
    public void A_replay_is_acknowledged_without_being_done_again_and_its_flush_still_waits_for_a_sync()
    {
        var harness = new CoreHarness(CoreHarness.Held(5, CoreHarness.Session, 1001));
        var peer = harness.ActivePeer(5);

        harness.Write(peer, 1000, generation: 5);
        harness.Flush(peer, 1001, 1, generation: 5);
        harness.Write(peer, 1002, generation: 5);
        Assert.Equal(["skipped 1000 None", "skipped 1001 None", "append write 1002"], harness.Output.Take());

        harness.Core.OnCommitted(ErrorCode.None);
        Assert.Equal(["ack 1 1000 None", "ack 1 1002 None", "sync"], harness.Output.Take());
        harness.Core.OnSyncStarted();
        harness.Core.OnSynced(ErrorCode.None);
        Assert.Equal(["ack 1 1001 None"], harness.Output.Take());
    }

    [Fact]
    public void What_an_earlier_generation_held_is_no_replay()
    {
        var harness = new CoreHarness(CoreHarness.Held(5, CoreHarness.Session, 1001));
        var peer = harness.ActivePeer(6);

        harness.Write(peer, 1000, generation: 6);

        Assert.Equal(["append write 1000"], harness.Output.Take());
    }

    [Fact]
    public void I4_a_job_of_another_generation_is_a_violation()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer(3);

        harness.Write(peer, 1000, generation: 2);

        Assert.Equal(["send 1 Goodbye", "close 1"], harness.Output.Take());
    }

    [Fact]
    public void A_flush_whose_number_does_not_rise_is_a_violation()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();
        harness.Flush(peer, 1000, 4);

        harness.Flush(peer, 1001, 4);

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_job_that_depends_on_a_later_one_is_a_violation()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(
            peer,
            CoreHarness.WriteOf(1000, 0, 1, 1, JobDependencies.Between(new JobId(1000), new JobId(1001))),
            new byte[512]);

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_job_may_depend_on_jobs_that_never_came_here()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Read(peer, 1005, dependencies: JobDependencies.Between(new JobId(1003), new JobId(1005)));

        Assert.Equal(["read 1 1005"], harness.Output.Take());
    }

    [Fact]
    public void A_write_never_bears_the_id_of_a_control_job()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Write(peer, JobId.FirstControl.Value);

        Assert.Equal(ConnectionState.Ended, peer.State);
    }
}
