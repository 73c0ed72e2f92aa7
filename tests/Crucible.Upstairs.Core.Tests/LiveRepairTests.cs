using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class LiveRepairTests
{
    [Fact]
    public void I5_a_wiped_replica_is_taken_in_and_repaired_while_the_guest_writes()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        cluster.Wires[2].KeepsBack = static message => message is RepairWriteHeader;
        cluster.Pass(TimeSpan.FromMilliseconds(500));
        Assert.Equal(ReplicaState.Repairing, cluster[2].State);

        var writes = Enumerable.Range(0, 40).Select(i => cluster.Write((ulong)i * 7)).ToArray();
        cluster.Run();
        Assert.All(writes, write => Assert.Equal(ErrorCode.None, write.Outcome));
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(2));

        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void What_the_guest_writes_between_the_comparison_and_the_copy_is_left_out_of_the_copy()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        foreach (var wire in cluster.Wires)
        {
            wire.KeepsBack = static message => message is ReadHeader { Job.IsControl: true };
        }

        cluster.Pass(TimeSpan.FromMilliseconds(500));
        var source = cluster.RepairSource();
        cluster.Wires[source].KeepsBack = static _ => false;
        var late = cluster.Write(30);
        cluster.Step(2);
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(ErrorCode.None, late.Outcome);
        Assert.DoesNotContain(30UL, fakes[2].Repaired);
        Assert.Contains(60UL, fakes[2].Repaired);
        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void I1_what_a_replica_under_repair_has_done_counts_for_no_acknowledgement()
    {
        using var cluster = Lived(out _);
        Wipe(cluster, 2);
        cluster.Run();
        Assert.Equal(ReplicaState.Repairing, cluster[2].State);
        cluster.Wires[0].KeepsBack = static message => message is WriteHeader or FlushHeader;

        var write = cluster.Write(3);
        var flush = cluster.Flush();
        cluster.Run();

        Assert.Contains(new JobId(write.FirstJob.Value), cluster.Wires[2].Downstairs.Done);
        Assert.Equal((null, null), (write.Outcome, flush.Outcome));
        cluster.Wires[0].KeepsBack = static _ => false;
        cluster.Run();
        Assert.Equal((ErrorCode.None, ErrorCode.None), (write.Outcome, flush.Outcome));
    }

    [Fact]
    public void I3_nothing_is_read_from_a_replica_under_repair()
    {
        using var cluster = Lived(out _);
        Wipe(cluster, 2);
        cluster.Wires[2].KeepsBack = static message => message is RepairWriteHeader;
        cluster.Pass(TimeSpan.FromMilliseconds(500));

        var reads = Enumerable.Range(0, 30).Select(_ => cluster.Read(0, 2)).ToArray();
        cluster.Run();

        Assert.All(reads, read => Assert.Equal(ErrorCode.None, read.Outcome));
        Assert.DoesNotContain(cluster.Wires[2].SentOf<ReadHeader>(), read => !read.Job.IsControl);
    }

    [Fact]
    public void A_repair_goes_on_from_another_source_when_its_own_goes_away()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        cluster.Wires[2].KeepsBack = static message => message is RepairWriteHeader;
        cluster.Pass(TimeSpan.FromMilliseconds(500));
        var source = cluster.RepairSource();

        cluster.Cut(source, comesBack: false);
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(fakes[1 - source].Blocks, fakes[2].Blocks);
        cluster.Wires[source].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(3));
        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void A_repair_that_was_cut_off_begins_anew_and_copies_only_what_is_left()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        var repairs = 0;
        cluster.Wires[2].KeepsBack = message => message is RepairWriteHeader && ++repairs > 3;
        cluster.Pass(TimeSpan.FromMilliseconds(500));
        var before = fakes[2].Repaired.Count;
        Assert.True(before > 0);

        cluster.Cut(2);
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(3));

        AssertAlike(cluster, fakes);
        Assert.Equal(fakes[2].Repaired.Count, fakes[2].Repaired.Distinct().Count());
    }

    [Fact]
    public void I7_a_replica_that_can_t_keep_up_while_it_is_repaired_costs_no_memory_and_no_time()
    {
        using var cluster = Lived(out var fakes, Cluster.Settings with { MaxUnretiredBytes = 64 * 512 });
        Wipe(cluster, 2);
        cluster.Pass(TimeSpan.FromMilliseconds(50));
        cluster.Wires[2].KeepsBack = static message => message is WriteHeader;

        var writes = Enumerable.Range(0, 300).Select(i => cluster.Write((ulong)i)).ToArray();
        cluster.Run();
        cluster.Pass(TimeSpan.FromMilliseconds(500));

        Assert.All(writes, write => Assert.Equal(ErrorCode.None, write.Outcome));
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(10));
        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void A_replica_whose_place_is_gone_while_only_one_other_is_left_restores_the_quorum()
    {
        using var cluster = Lived(out var fakes);
        cluster.Cut(2, comesBack: false);
        cluster.Write(3);
        cluster.Pass(TimeSpan.FromSeconds(61));
        cluster.Write(4);
        cluster.Flush();
        cluster.Run();
        cluster.Cut(1, comesBack: false);
        var write = cluster.Write(5);
        cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.Null(write.Outcome);

        cluster.Wires[2].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(ErrorCode.None, write.Outcome);
        Assert.Equal(fakes[0].Blocks, fakes[2].Blocks);
    }

    [Fact]
    public void I4_one_made_anew_is_not_taken_in_where_another_has_told_of_a_later_upstairs()
    {
        using var cluster = Lived(out var fakes);
        Supersede(cluster, fakes, 1);
        Wipe(cluster, 2);
        var write = cluster.Write(5);
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Null(write.Outcome);
        Assert.Equal(ReplicaState.Learnt, cluster[2].State);
        Assert.Contains("replica 1", cluster[2].Cause, StringComparison.Ordinal);
        Assert.Empty(cluster.Wires[2].SentOf<BeginRepairHeader>());
    }

    [Fact]
    public void I4_one_made_anew_waits_for_one_that_is_away_and_may_know_of_a_later_upstairs()
    {
        using var cluster = Lived(out var fakes);
        cluster.Cut(1, comesBack: false);
        Wipe(cluster, 2);
        var write = cluster.Write(5);
        cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal((null, ReplicaState.Learnt), (write.Outcome, cluster[2].State));

        cluster.Wires[1].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(ErrorCode.None, write.Outcome);
        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void I4_one_that_forgot_what_it_promised_us_waits_too()
    {
        using var cluster = Lived(out var fakes);
        cluster.Cut(1, comesBack: false);
        var before = new Generation(fakes[0].Info.InSync.Value - 1);
        fakes[2].Info = fakes[2].Info with { Promised = before, InSync = before, PositionGeneration = before };
        cluster.Cut(2);
        cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(ReplicaState.Learnt, cluster[2].State);

        cluster.Wires[1].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(5));

        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void I4_one_made_anew_does_not_serve_before_each_of_the_others_has_done_a_job_since()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        cluster.Wires[2].KeepsBack = static message => message is RepairWriteHeader;
        cluster.Pass(TimeSpan.FromMilliseconds(500));
        var other = 1 - cluster.RepairSource();
        cluster.Wires[other].KeepsBack = static message => message is FlushHeader;
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromMilliseconds(500));

        // Its connection looks alive; what it says last is that a later upstairs took over.
        Assert.Equal((ReplicaState.Active, ReplicaState.Repairing), (cluster[other].State, cluster[2].State));
        Supersede(cluster, fakes, other);
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(ReplicaState.Repairing, cluster[2].State);
        Assert.True(fakes[2].Info.Repairing);
    }

    [Fact]
    public void One_made_anew_lets_another_one_that_is_back_be_repaired_first()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        cluster.Wires[2].KeepsBack = static message => message is RepairWriteHeader;
        cluster.Pass(TimeSpan.FromMilliseconds(500));
        Assert.Equal(ReplicaState.Repairing, cluster[2].State);

        fakes[1].Info = fakes[1].Info with { Repairing = true };
        cluster.Cut(1);
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(5));

        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void Two_made_anew_are_repaired_from_the_one_that_is_left()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 1);
        Wipe(cluster, 2);
        var write = cluster.Write(5);
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(ErrorCode.None, write.Outcome);
        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void A_replica_that_could_not_do_a_job_is_tried_again_and_repaired()
    {
        using var cluster = Lived(out var fakes);
        fakes[1].Fail = static (kind, _) => kind == MessageKind.Write ? ErrorCode.NoSpace : ErrorCode.None;
        cluster.Write(9);
        cluster.Run();
        Assert.Equal(ReplicaState.Faulted, cluster[1].State);

        fakes[1].Fail = null;
        cluster.Pass(TimeSpan.FromSeconds(5));

        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void I3_before_a_replica_of_this_generation_is_repaired_the_others_have_made_durable_what_it_knows_of()
    {
        using var cluster = Lived(out var fakes);
        cluster.Write(1);
        cluster.Run();
        fakes[2].Fail = static (kind, _) => kind == MessageKind.WriteZeroes ? ErrorCode.IoError : ErrorCode.None;
        cluster.Submit(RequestKind.WriteZeroes, (2, 1));
        cluster.Run();
        cluster.Wires[0].KeepsBack = static message => message is FlushHeader;

        cluster.Pass(TimeSpan.FromSeconds(3));
        Assert.Empty(cluster.Wires[2].SentOf<BeginRepairHeader>());
        cluster.Wires[0].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(1));

        Assert.NotEmpty(cluster.Wires[2].SentOf<BeginRepairHeader>());
        AssertAlike(cluster, fakes);
    }

    [Fact]
    public void Another_region_takes_the_place_of_a_replica()
    {
        using var cluster = Lived(out var fakes);
        Assert.Null(cluster.Core.WhyNotReplace(new ReplicaId(1)));
        var blank = new FakeDownstairs(Cluster.Definition, 7);

        cluster.Wires[1].Downstairs = blank;
        cluster.Core.Replace(new ReplicaId(1), "replaced", cluster.Now);
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(ReplicaState.Active, cluster[1].State);
        Assert.Equal(fakes[0].Blocks, blank.Blocks);
    }

    [Fact]
    public void I10_what_a_replaced_region_had_done_counts_for_nothing()
    {
        using var cluster = Lived(out _);
        cluster.Write(3);
        cluster.Wires[0].KeepsBack = static message => message is FlushHeader;
        cluster.Wires[2].KeepsBack = static message => message is FlushHeader;
        var flush = cluster.Flush();
        cluster.Run();

        cluster.Wires[1].Downstairs = new FakeDownstairs(Cluster.Definition, 7);
        cluster.Wires[1].IsUp = false;
        cluster.Core.Replace(new ReplicaId(1), "replaced", cluster.Now);
        cluster.Wires[0].KeepsBack = static _ => false;
        cluster.Run();
        Assert.Null(flush.Outcome);
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Run();

        Assert.Equal(ErrorCode.None, flush.Outcome);
    }

    [Fact]
    public void No_replica_is_replaced_that_the_quorum_needs()
    {
        using var cluster = Lived(out _);
        cluster.Cut(2, comesBack: false);

        Assert.NotNull(cluster.Core.WhyNotReplace(new ReplicaId(1)));
        Assert.Null(cluster.Core.WhyNotReplace(new ReplicaId(2)));
    }

    [Fact]
    public void A_block_that_the_source_can_t_read_is_copied_from_the_third_replica()
    {
        using var cluster = Lived(out var fakes);
        Wipe(cluster, 2);
        fakes[0].Bad.Add(30);
        fakes[1].Bad.Add(60);

        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(ReplicaState.Active, cluster[2].State);
        Assert.Empty(fakes[2].Lost);
        Assert.Equal(fakes[0].Blocks, fakes[2].Blocks);
    }

    [Fact]
    public void I6_a_block_that_nobody_can_read_is_an_error_on_the_repaired_one_too_and_never_its_older_version()
    {
        using var cluster = Lived(out var fakes);
        cluster.Cut(2, comesBack: false);
        cluster.Pass(TimeSpan.FromSeconds(61));
        cluster.Write(30);
        cluster.Run();
        fakes[0].Bad.Add(30);
        fakes[1].Bad.Add(30);

        cluster.Wires[2].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(5));
        var read = cluster.Read(30);
        cluster.Run();

        Assert.Equal(ErrorCode.IntegrityError, read.Outcome);
        Assert.Equal([30UL], fakes[2].Lost);
    }

    private static Cluster Lived(out FakeDownstairs[] fakes, UpstairsSettings? settings = null)
    {
        var cluster = Cluster.Opened(settings);
        for (var i = 0UL; i < 20; i++)
        {
            cluster.Write(i * 30, 2);
        }

        cluster.Flush();
        cluster.Run();
        fakes = [.. cluster.Wires.Select(wire => wire.Downstairs)];
        return cluster;
    }

    // An empty region, made anew at the same address.
    private static void Wipe(Cluster cluster, int replica, bool comesBack = true)
    {
        cluster.Wires[replica].Downstairs.Wipe(replica + 10);
        cluster.Cut(replica, comesBack);
    }

    // A later upstairs was promised to, and it says so.
    private static void Supersede(Cluster cluster, FakeDownstairs[] fakes, int replica)
    {
        var later = new Generation(fakes[replica].Info.Promised.Value + 1);
        fakes[replica].Info = fakes[replica].Info with { Promised = later };
        cluster.Wires[replica].Inbox.Clear();
        cluster.Deliver(new ReplicaId((byte)replica), new YouAreNoLongerActiveHeader(later));
    }

    private static void AssertAlike(Cluster cluster, FakeDownstairs[] fakes)
    {
        cluster.Flush();
        cluster.Run();
        for (var i = 0; i < fakes.Length; i++)
        {
            Assert.Equal(ReplicaState.Active, cluster[i].State);
            Assert.Equal(fakes[0].Blocks, fakes[i].Blocks);
            Assert.Equal(fakes[0].Versions, fakes[i].Versions);
            Assert.Equal((fakes[0].Info.InSync, fakes[0].Info.PositionJob), (fakes[i].Info.InSync, fakes[i].Info.PositionJob));
            Assert.False(fakes[i].Info.Repairing);
        }
    }
}
