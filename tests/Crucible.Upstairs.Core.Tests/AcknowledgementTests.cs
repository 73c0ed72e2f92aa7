using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class AcknowledgementTests
{
    [Fact]
    public void I10_quorum_acknowledges_a_write_at_two_and_fast_at_once()
    {
        using var quorum = Cluster.Opened();
        using var fast = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast });

        var slow = quorum.Submit(RequestKind.Write, (99, 1), (100, 1));
        var quick = fast.Submit(RequestKind.Write, (99, 1), (100, 1));

        Assert.Equal(ErrorCode.None, quick.Outcome);
        Assert.True(quorum.Step(0) && quorum.Step(0) && quorum.Step(1));
        Assert.Null(slow.Outcome);
        quorum.Step(1);
        Assert.Equal(ErrorCode.None, slow.Outcome);
    }

    [Fact]
    public void I1_a_flush_is_acknowledged_at_two_also_with_fast_acknowledgements()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast });
        cluster.Write(0);
        var flush = cluster.Flush();

        Assert.True(cluster.Step(0) && cluster.Step(0));
        Assert.Null(flush.Outcome);
        Assert.True(cluster.Step(2) && cluster.Step(2));

        Assert.Equal(ErrorCode.None, flush.Outcome);
        Assert.Empty(cluster.Retired);
        cluster.Run();
        Assert.Equal(2, cluster.Retired.Count);
    }

    [Fact]
    public void A_request_acknowledged_fast_may_serve_another_while_its_jobs_live_on()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast });
        var request = cluster.Submit(RequestKind.Write, (99, 1), (100, 1));
        Assert.All(cluster.Core.Jobs, job => Assert.Null(job.Request));

        request.Begin(RequestKind.Flush, cluster.Pool);
        cluster.Core.Submit(request, cluster.Now);
        Assert.True(cluster.Step(0) && cluster.Step(0) && cluster.Step(1) && cluster.Step(1));

        Assert.Null(request.Outcome);
        cluster.Run();
        Assert.Equal(ErrorCode.None, request.Outcome);
    }

    [Fact]
    public void I5_a_replica_that_can_t_do_a_job_is_faulted_and_the_guest_sees_nothing()
    {
        using var cluster = Cluster.Opened();
        cluster.Wires[1].Downstairs.Fail = static (kind, _) => kind == MessageKind.Write ? ErrorCode.NoSpace : ErrorCode.None;

        var write = cluster.Write(0);
        var flush = cluster.Flush();
        cluster.Run();

        Assert.Equal((ErrorCode.None, ErrorCode.None), (write.Outcome, flush.Outcome));
        Assert.Equal(ReplicaState.Faulted, cluster[1].State);
        Assert.Equal(0, cluster.Core.JobCount);
    }

    [Fact]
    public void What_was_written_is_flushed_after_the_flush_timeout_and_not_before()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Run();

        cluster.Pass(TimeSpan.FromMilliseconds(475));
        Assert.Empty(cluster.Wires[0].SentOf<FlushHeader>());
        cluster.Pass(TimeSpan.FromMilliseconds(50));

        Assert.Single(cluster.Wires[0].SentOf<FlushHeader>());
        Assert.Equal(0, cluster.Core.JobCount);
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.Single(cluster.Wires[0].SentOf<FlushHeader>());
    }

    [Fact]
    public void I7_at_half_of_a_limit_the_upstairs_flushes_and_beyond_it_requests_wait()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { MaxUnretiredBytes = 8 * 512, MaxWaitingRequests = 3 });
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);

        var requests = Enumerable.Range(0, 12).Select(i => cluster.Write((ulong)i)).ToArray();

        Assert.Single(cluster.Wires[0].SentOf<FlushHeader>());
        Assert.Equal(new JobId(1004), cluster.Wires[0].SentOf<FlushHeader>().Single().Job);
        Assert.Equal(8 * 512, cluster.Core.HeldBytes);
        Assert.Equal(ErrorCode.NotEnoughReplicas, requests[^1].Outcome);
        Assert.Equal(11, requests.Count(request => request.Outcome is null));
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = false);
        cluster.Run();
        Assert.Equal(11, requests.Count(request => request.Outcome == ErrorCode.None));
    }

    [Fact]
    public void I7_a_guest_that_is_acknowledged_at_once_runs_ahead_of_the_quorum_by_no_more_than_the_backlog()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast, MaxBacklogJobs = 4 });
        cluster.Wires[1].IsHeld = cluster.Wires[2].IsHeld = true;

        var writes = Enumerable.Range(0, 6).Select(i => cluster.Write((ulong)i)).ToArray();
        cluster.Run();
        Assert.Equal(4, writes.Count(write => write.Outcome == ErrorCode.None));

        // It waits for the quorum, not for room: a flush would help nobody.
        Assert.Empty(cluster.Wires[0].SentOf<FlushHeader>());
        cluster.Wires[1].IsHeld = false;
        cluster.Run();
        Assert.All(writes, write => Assert.Equal(ErrorCode.None, write.Outcome));
    }

    [Fact]
    public void I7_the_backlog_is_limited_in_bytes_too()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast, MaxBacklogBytes = 2 * 512 });
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);

        var writes = Enumerable.Range(0, 3).Select(i => cluster.Write((ulong)i)).ToArray();

        Assert.Equal([ErrorCode.None, ErrorCode.None, null], writes.Select(write => write.Outcome));
    }

    [Fact]
    public void I5_what_only_the_slowest_replica_has_not_done_keeps_no_write_waiting()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast, MaxBacklogJobs = 4 });
        cluster.Wires[2].IsHeld = true;

        for (var i = 0; i < 40; i++)
        {
            var write = cluster.Write((ulong)(i % 8));
            cluster.Run();
            Assert.Equal(ErrorCode.None, write.Outcome);
        }

        Assert.Equal(ReplicaState.Active, cluster[2].State);
    }

    [Fact]
    public void I5_changes_are_delayed_a_little_for_a_replica_that_lags_but_not_for_long()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with
        {
            Ack = AckMode.Fast,
            MaxLagJobs = 4,
            LagDelay = TimeSpan.FromMilliseconds(20),
            SlowAfter = TimeSpan.FromMilliseconds(400),
        });
        cluster.Wires[2].IsHeld = true;
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(ErrorCode.None, cluster.Write((ulong)i).Outcome));

        var delayed = cluster.Write(5);
        cluster.Run();
        Assert.Null(delayed.Outcome);
        cluster.Pass(TimeSpan.FromMilliseconds(50));
        Assert.Equal(ErrorCode.None, delayed.Outcome);

        cluster.Pass(TimeSpan.FromMilliseconds(400));
        Assert.Equal(ErrorCode.None, cluster.Write(6).Outcome);
        Assert.Equal(ReplicaState.Active, cluster[2].State);
    }

    [Fact]
    public void A_replica_that_lagged_is_waited_for_until_it_owes_half_of_the_limit()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast, MaxLagJobs = 4 });
        cluster.Wires[2].IsHeld = true;
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(ErrorCode.None, cluster.Write((ulong)i).Outcome));
        var delayed = cluster.Write(5);

        cluster.Wires[2].IsHeld = false;
        cluster.Run();

        Assert.Equal(ErrorCode.None, delayed.Outcome);
        Assert.Equal(ErrorCode.None, cluster.Write(6).Outcome);
    }

    [Fact]
    public void Requests_that_wait_for_the_quorum_cost_a_slow_third_its_place_no_sooner()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { Ack = AckMode.Fast, MaxBacklogJobs = 2 });
        cluster.Wires[2].IsHeld = true;
        cluster.Write(0);
        cluster.Flush();
        cluster.Run();

        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);
        var writes = Enumerable.Range(0, 3).Select(i => cluster.Write((ulong)i)).ToArray();
        cluster.Pass(TimeSpan.FromMilliseconds(1_100));

        Assert.Null(writes[2].Outcome);
        Assert.Equal((ReplicaState.Active, ReplicaState.Active, ReplicaState.Active), (cluster[0].State, cluster[1].State, cluster[2].State));
    }

    [Fact]
    public void With_fewer_than_two_requests_wait_for_the_request_timeout_and_fail()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { RequestTimeout = TimeSpan.FromSeconds(3) });
        cluster.Cut(0, comesBack: false);
        cluster.Cut(1, comesBack: false);
        var write = cluster.Write(0);
        var flush = cluster.Flush();

        cluster.Pass(TimeSpan.FromMilliseconds(2_950));
        Assert.Null(write.Outcome);
        cluster.Pass(TimeSpan.FromMilliseconds(100));

        Assert.Equal((ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas), (write.Outcome, flush.Outcome));
    }

    [Fact]
    public void Closing_answers_everything_that_waits_or_is_under_way()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { MaxUnretiredBytes = 2 * 512 });
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);
        var requests = Enumerable.Range(0, 6).Select(i => cluster.Write((ulong)i)).Append(cluster.Read(0)).Append(cluster.Flush()).ToArray();

        cluster.Core.Close(cluster.Now);

        Assert.All(requests, request => Assert.Equal(ErrorCode.Closed, request.Outcome));
        Assert.Equal(ErrorCode.Closed, cluster.Write(0).Outcome);
    }

    [Fact]
    public void A_read_only_volume_takes_nothing_over_refuses_writes_and_outlives_a_cut()
    {
        var fakes = Cluster.Blank();
        using (Cluster.Opened(null, fakes))
        {
        }

        Array.ForEach(fakes, fake => fake.Info = fake.Info with { Promised = Generation.None });
        using var cluster = Cluster.Opened(Cluster.Settings with { ReadOnly = true }, fakes);
        Assert.Equal(ErrorCode.ReadOnly, cluster.Write(0).Outcome);
        Assert.Equal(ErrorCode.None, cluster.Flush().Outcome);

        cluster.Cut(0);
        cluster.Cut(1);
        cluster.Run();
        var read = cluster.Read(0);
        cluster.Run();

        Assert.Equal(ErrorCode.None, read.Outcome);
        Assert.Equal(ReplicaState.Active, cluster[0].State);
        Assert.All(cluster.Wires, wire => Assert.Empty(wire.SentOf<PromoteToActiveHeader>()));
    }
}
