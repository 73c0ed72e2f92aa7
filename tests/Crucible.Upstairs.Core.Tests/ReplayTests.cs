using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class ReplayTests
{
    [Fact]
    public void A_replica_that_was_cut_off_before_the_first_job_keeps_its_place()
    {
        using var cluster = Cluster.Opened();

        cluster.Cut(2);
        cluster.Run();

        Assert.Equal(ReplicaState.Active, cluster[2].State);
    }

    [Fact]
    public void I5_with_one_away_reads_go_elsewhere_and_writes_and_flushes_are_acknowledged()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Run();
        cluster.Cut(0, comesBack: false);

        var write = cluster.Write(1);
        var flush = cluster.Flush();
        var reads = Enumerable.Range(0, 6).Select(_ => cluster.Read(0, 2)).ToArray();
        cluster.Run();

        Assert.Equal((ErrorCode.None, ErrorCode.None), (write.Outcome, flush.Outcome));
        Assert.All(reads, read => Assert.Equal(ErrorCode.None, read.Outcome));
        Assert.DoesNotContain(cluster.Retired, job => job.Value < 1003);
    }

    [Fact]
    public void What_a_replica_missed_is_sent_again_in_order_and_the_jobs_are_dropped()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Run();
        cluster.Cut(1, comesBack: false);
        cluster.Write(1);
        cluster.Flush();
        cluster.Write(2);
        cluster.Run();

        cluster.Wires[1].IsUp = true;
        cluster.Pass(TimeSpan.FromMilliseconds(100));

        Assert.Equal([1000UL, 1001, 1002, 1003], cluster.Wires[1].Downstairs.Done.Select(job => job.Value));
        Assert.Equal([1000UL, 1001, 1002], cluster.Retired.Select(job => job.Value));
    }

    [Fact]
    public void A_flush_that_a_replica_holds_but_did_not_answer_is_asked_again()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Flush();
        cluster.Wires[2].KeepsBack = message => message is FlushHeader;
        cluster.Run();
        cluster.Wires[2].Downstairs.Handle(cluster.Wires[2].Inbox.Peek());
        cluster.Wires[2].KeepsBack = static _ => false;

        cluster.Cut(2);
        cluster.Run();

        Assert.Equal(2, cluster.Wires[2].SentOf<FlushHeader>().Count());
        Assert.Equal([1000UL, 1001], cluster.Retired.Select(job => job.Value));
    }

    [Fact]
    public void A_replica_that_comes_back_with_less_than_it_acknowledged_and_others_dropped_is_repaired()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Flush();
        cluster.Run();
        var info = cluster.Wires[0].Downstairs.Info;
        cluster.Wires[0].Downstairs.Info = info with { PositionJob = new JobId(1000) };

        cluster.Cut(0);
        cluster.Run();

        Assert.Equal(ErrorCode.None, Ran(cluster, cluster.Write(5)).Outcome);
        cluster.Pass(TimeSpan.FromSeconds(1));
        Assert.Single(cluster.Wires[0].SentOf<BeginRepairHeader>());
        Assert.Equal(ReplicaState.Active, cluster[0].State);
    }

    [Fact]
    public void A_third_replica_that_comes_after_the_grace_with_the_start_state_is_sent_everything()
    {
        var fakes = Cluster.Blank();
        Cluster.Opened(downstairs: fakes).Dispose();
        using var cluster = new Cluster(Cluster.Settings with { Session = new SessionId(Guid.Parse("00000000-0000-0000-0000-00000000001b")) }, fakes);
        cluster.Wires[2].IsUp = false;
        cluster.Start();
        cluster.Pass(TimeSpan.FromMilliseconds(750));
        Assert.Equal(VolumeState.Active, cluster.Core.State);
        cluster.Write(0);
        cluster.Flush();
        cluster.Run();

        cluster.Wires[2].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(ReplicaState.Active, cluster[2].State);
        Assert.Equal([1000UL, 1001], cluster.Wires[2].Downstairs.Done.Select(job => job.Value));
        Assert.Empty(cluster.Wires[2].SentOf<BeginRepairHeader>());
        Assert.Equal(0, cluster.Core.JobCount);
    }

    [Fact]
    public void A_third_replica_of_a_new_volume_that_comes_after_the_grace_is_repaired()
    {
        using var cluster = new Cluster();
        cluster.Wires[2].IsUp = false;
        cluster.Start();
        cluster.Pass(TimeSpan.FromMilliseconds(750));
        cluster.Write(0);
        cluster.Flush();
        cluster.Run();

        cluster.Wires[2].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(ReplicaState.Active, cluster[2].State);
        Assert.Equal([0UL], cluster.Wires[2].Downstairs.Repaired);
    }

    [Fact]
    public void A_replica_that_comes_back_with_another_state_is_repaired()
    {
        using var cluster = new Cluster();
        cluster.Wires[2].IsUp = false;
        cluster.Wires[2].Downstairs.Info = cluster.Wires[2].Downstairs.Info with { PositionJob = new JobId(1007) };
        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(1));

        cluster.Wires[2].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(3));

        Assert.Single(cluster.Wires[2].SentOf<BeginRepairHeader>());
        Assert.Equal(ReplicaState.Active, cluster[2].State);
    }

    [Fact]
    public void A_replica_that_is_away_too_long_loses_its_place_and_its_backlog_is_dropped()
    {
        using var cluster = Cluster.Opened();
        cluster.Cut(0, comesBack: false);
        cluster.Write(0);
        cluster.Flush();
        cluster.Run();
        Assert.Equal(2, cluster.Core.JobCount);

        cluster.Pass(TimeSpan.FromSeconds(61));

        Assert.Equal(0, cluster.Core.JobCount);
        cluster.Wires[0].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(ReplicaState.Active, cluster[0].State);
        Assert.Equal(cluster.Wires[1].Downstairs.Blocks, cluster.Wires[0].Downstairs.Blocks);
    }

    [Fact]
    public void I1_replicas_that_were_all_away_for_long_keep_their_places_and_are_replayed()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Run();
        cluster.Cut(0, comesBack: false);
        cluster.Cut(1, comesBack: false);
        cluster.Cut(2, comesBack: false);

        cluster.Pass(TimeSpan.FromSeconds(61));
        foreach (var wire in cluster.Wires)
        {
            wire.IsUp = true;
        }

        cluster.Pass(TimeSpan.FromSeconds(6));

        Assert.All(cluster.Core.Replicas.ToArray(), static replica => Assert.Equal(ReplicaState.Active, replica.State));
        var flush = cluster.Flush();
        cluster.Run();
        Assert.Equal(ErrorCode.None, flush.Outcome);
    }

    [Fact]
    public void I1_replicas_that_could_not_do_a_job_one_after_the_other_are_replayed_where_no_quorum_is_left_to_repair_them()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0);
        cluster.Run();
        foreach (var wire in cluster.Wires)
        {
            wire.Downstairs.Fail = static (kind, _) => kind == MessageKind.Write ? ErrorCode.IoError : ErrorCode.None;
        }

        cluster.Write(1);
        cluster.Run();
        foreach (var wire in cluster.Wires)
        {
            wire.Downstairs.Fail = null;
        }

        cluster.Pass(TimeSpan.FromSeconds(6));
        var flush = cluster.Flush();
        cluster.Run();

        Assert.Equal(ErrorCode.None, flush.Outcome);
        Assert.All(cluster.Core.Replicas.ToArray(), static replica => Assert.Equal(ReplicaState.Active, replica.State));
        Assert.All(cluster.Wires, wire => Assert.Equal(cluster.Wires[0].Downstairs.Blocks, wire.Downstairs.Blocks));
    }

    [Fact]
    public void I7_a_replica_that_is_away_loses_its_place_when_its_backlog_takes_the_guests_room()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { MaxUnretiredBytes = 64 * 512 });
        cluster.Cut(0, comesBack: false);

        var writes = Enumerable.Range(0, 200).Select(i => cluster.Write((ulong)i)).ToArray();
        cluster.Run();
        cluster.Pass(TimeSpan.FromMilliseconds(500));

        Assert.All(writes, write => Assert.Equal(ErrorCode.None, write.Outcome));
    }

    [Fact]
    public void I7_a_replica_that_answers_probes_but_does_no_job_costs_its_place_and_not_the_guests_time()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { MaxUnretiredBytes = 64 * 512 });
        cluster.Wires[0].KeepsBack = message => message is WriteHeader;

        var writes = Enumerable.Range(0, 200).Select(i => cluster.Write((ulong)i)).ToArray();
        cluster.Run();
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.All(writes, write => Assert.Equal(ErrorCode.None, write.Outcome));
        Assert.InRange(cluster.Core.HeldBytes, 0, 65 * 512);
    }

    [Fact]
    public void I5_a_hung_replicas_reads_are_answered_by_another_within_two_seconds()
    {
        using var cluster = Cluster.Opened();
        cluster.Wires[0].IsHeld = true;
        var reads = Enumerable.Range(0, 9).Select(_ => cluster.Read(0)).ToArray();
        cluster.Run();

        cluster.Pass(TimeSpan.FromMilliseconds(1_975));

        Assert.All(reads, read => Assert.Equal(ErrorCode.None, read.Outcome));
        Assert.NotEqual(ReplicaState.Active, cluster[0].State);
    }

    private static TestRequest Ran(Cluster cluster, TestRequest request)
    {
        cluster.Run();
        return request;
    }
}
