using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class ActivationTests
{
    [Fact]
    public void Two_wait_for_the_third_no_longer_than_the_grace()
    {
        using var cluster = new Cluster();
        cluster.Wires[1].IsUp = false;
        cluster.Start();

        cluster.Pass(TimeSpan.FromMilliseconds(650));
        Assert.Equal(VolumeState.Activating, cluster.Core.State);
        cluster.Pass(TimeSpan.FromMilliseconds(100));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
    }

    [Fact]
    public void One_alone_fails_after_the_timeout_and_the_cause_names_the_absent()
    {
        using var cluster = new Cluster();
        cluster.Wires[1].IsUp = cluster.Wires[2].IsUp = false;
        cluster.Start();

        cluster.Pass(TimeSpan.FromSeconds(11));

        var (state, failure, cause) = Assert.Single(cluster.Ends);
        Assert.Equal((VolumeState.Failed, VolumeFailure.Unavailable), (state, failure));
        Assert.Contains("replica 1: refused; replica 2: refused", cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_of_another_geometry_the_same_region_or_another_volume_fail_at_once()
    {
        AssertMismatch("geometry", fakes => fakes[1].Definition = new RegionDefinition(512, 100, 11));
        AssertMismatch("same region", fakes => fakes[2].Region = fakes[0].Region);
        AssertMismatch("another volume", fakes =>
        {
            fakes[0].Info = fakes[0].Info with { Volume = new VolumeId(Guid.NewGuid()) };
            fakes[1].Info = fakes[1].Info with { Volume = new VolumeId(Guid.NewGuid()) };
        });
        AssertMismatch("no key", fakes => fakes[1].Definition = new RegionDefinition(512, 100, 10, encrypted: true));
    }

    [Fact]
    public void A_replica_that_promised_the_last_generation_of_all_fails_the_activation_and_nothing_else()
    {
        var fakes = Cluster.Blank();
        fakes[1].Info = fakes[1].Info with { Promised = new Generation(ulong.MaxValue) };
        using var cluster = new Cluster(null, fakes);

        cluster.Start();

        var (state, failure, cause) = Assert.Single(cluster.Ends);
        Assert.Equal((VolumeState.Failed, VolumeFailure.Generation), (state, failure));
        Assert.Contains("none is above it", cause, StringComparison.Ordinal);
    }

    [Fact]
    public void I4_the_next_generation_is_one_above_the_highest_promised_and_an_explicit_one_that_is_too_low_fails()
    {
        var fakes = Cluster.Blank();
        fakes[1].Info = fakes[1].Info with { Promised = new Generation(7) };
        using (var cluster = Cluster.Opened(null, fakes))
        {
            Assert.Equal(new Generation(8), cluster.Core.Generation);
        }

        using var low = new Cluster(
            Cluster.Settings with { Generation = new Generation(3), Session = new SessionId(Guid.NewGuid()) }, fakes);
        low.Start();

        Assert.Equal((VolumeState.Failed, VolumeFailure.Generation), (low.Ends[0].State, low.Ends[0].Failure));
    }

    [Fact]
    public void I4_superseded_by_a_quorum_is_final()
    {
        using var cluster = Cluster.Opened();
        cluster.Wires[0].Downstairs.Info = cluster.Wires[0].Downstairs.Info with { Promised = new Generation(9) };
        cluster.Wires[1].Downstairs.Info = cluster.Wires[1].Downstairs.Info with { Promised = new Generation(9) };

        var write = cluster.Write(0);
        cluster.Run();

        Assert.Equal(ErrorCode.Superseded, write.Outcome);
        Assert.Equal(VolumeState.Superseded, cluster.Core.State);
        cluster.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(ErrorCode.Superseded, cluster.Read(0).Outcome);
    }

    [Fact]
    public void The_longest_prefix_of_the_highest_in_sync_generation_is_the_source()
    {
        var fakes = Lived(jobs: 5);
        fakes[0].Info = fakes[0].Info with { PositionJob = new JobId(1003) };
        fakes[2].Info = fakes[2].Info with { InSync = new Generation(0), PositionJob = new JobId(9000) };
        fakes[1].Blocks[3] = 77;
        fakes[1].Versions[0] = fakes[1].Versions[0] with { Dirty = true };

        using var cluster = Cluster.Opened(null, fakes);

        Assert.All(fakes, fake => Assert.Equal(77UL, fake.Blocks[3]));
        Assert.Equal([3UL], fakes[0].Repaired);
        Assert.Equal([3UL], fakes[2].Repaired);
        Assert.Empty(fakes[1].Repaired);
        Assert.All(fakes, fake => Assert.Equal((new Generation(2), false), (fake.Info.InSync, fake.Info.Repairing)));
    }

    [Fact]
    public void I1_of_two_one_under_repair_is_no_source_but_a_witness_and_the_third_is_waited_for()
    {
        var fakes = Lived(jobs: 5);
        fakes[0].Info = fakes[0].Info with { Repairing = true };
        fakes[1].Info = fakes[1].Info with { PositionJob = new JobId(1002) };
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].IsUp = false;

        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(9));
        Assert.Equal(VolumeState.Activating, cluster.Core.State);
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal((VolumeState.Failed, VolumeFailure.Mismatch), (cluster.Ends[0].State, cluster.Ends[0].Failure));
        Assert.Contains("under repair", cluster.Ends[0].Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void With_all_three_there_one_witness_may_be_ahead_for_what_it_helped_to_acknowledge_another_holds_too()
    {
        var fakes = Lived(jobs: 5);
        fakes[0].Info = fakes[0].Info with { Repairing = true };
        fakes[1].Info = fakes[1].Info with { PositionJob = new JobId(1002) };
        fakes[2].Info = fakes[1].Info;

        using var cluster = Cluster.Opened(null, fakes);

        Assert.Single(cluster.Wires[0].SentOf<BeginRepairHeader>());
    }

    [Fact]
    public void I6_blocks_that_the_source_can_t_read_are_lost_and_those_beside_them_copied()
    {
        var fakes = Lived(jobs: 5);
        for (ulong block = 0; block < 20; block++)
        {
            fakes[0].Blocks[block] = 500 + block;
        }

        fakes[0].Versions[0] = fakes[0].Versions[0] with { Dirty = true };
        fakes[0].Info = fakes[0].Info with { PositionJob = new JobId(1500) };
        fakes[0].Bad.Add(7);
        fakes[0].Bad.Add(13);
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].IsUp = false;

        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(11));

        Assert.Equal(Enumerable.Range(0, 20), fakes[1].Repaired.Select(block => (int)block).Order());
        Assert.Equal([7UL, 13UL], fakes[1].Lost.Order());
        Assert.Equal(507UL + 1, fakes[1].Blocks[8]);
    }

    [Fact]
    public void I5_of_three_the_second_longest_prefix_is_the_source_where_the_longest_is_damaged()
    {
        var fakes = Lived(jobs: 5);
        fakes[0].Blocks[0] = 500;
        fakes[0].Versions[0] = fakes[0].Versions[0] with { Dirty = true };
        fakes[0].Info = fakes[0].Info with { PositionJob = new JobId(1500) };
        fakes[0].Bad.Add(30);
        var before = fakes[1].Blocks.ToArray();

        using var cluster = Cluster.Opened(null, fakes);

        Assert.Equal(before, fakes[0].Blocks);
        Assert.All(fakes, fake => Assert.Empty(fake.Lost));
    }

    [Fact]
    public void I6_with_two_of_three_a_block_that_the_longest_can_t_read_is_lost_for_its_newest_version_is_nobody_elses()
    {
        var fakes = LongestCantRead(block: 0);
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].IsUp = false;

        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(9));
        Assert.Equal(VolumeState.Activating, cluster.Core.State);
        Assert.Empty(cluster.Wires[1].SentOf<BeginRepairHeader>());
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
        Assert.Equal([0UL], fakes[1].Lost);
    }

    [Fact]
    public void I6_two_of_which_the_longest_can_t_read_a_block_wait_for_the_third_and_nothing_is_lost()
    {
        var fakes = LongestCantRead(block: 0);
        var before = fakes[1].Blocks.ToArray();
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].IsUp = false;

        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(3));
        cluster.Wires[2].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
        Assert.All(fakes, fake => Assert.Equal(before, fake.Blocks));
        Assert.All(fakes, fake => Assert.Empty(fake.Lost));
    }

    [Fact]
    public void I6_two_of_which_the_longest_could_not_read_a_block_go_on_as_soon_as_it_can()
    {
        var fakes = LongestCantRead(block: 0);
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].IsUp = false;

        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(1));
        fakes[0].Bad.Clear();
        cluster.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
        Assert.Equal(500UL, fakes[1].Blocks[0]);
        Assert.Empty(fakes[1].Lost);
    }

    [Fact]
    public void I6_a_block_is_not_given_up_because_one_read_of_it_failed()
    {
        var fakes = LongestCantRead(block: 0);
        fakes[0].Bad.Clear();
        var failures = 0;
        fakes[0].Fail = (kind, _) => kind == MessageKind.Read && failures++ == 0 ? ErrorCode.IoError : ErrorCode.None;
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].IsUp = false;

        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
        Assert.True(failures > 1);
        Assert.Equal(500UL, fakes[1].Blocks[0]);
        Assert.Empty(fakes[1].Lost);
    }

    [Fact]
    public void I5_a_replica_that_hangs_while_it_is_repaired_is_left_behind()
    {
        var fakes = Lived(jobs: 5);
        fakes[2].Info = fakes[2].Info with { PositionJob = new JobId(1001) };
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[2].KeepsBack = message => message is BeginRepairHeader or ReadContextsHeader;
        cluster.Start();
        Assert.Equal(ReplicaState.Reconciling, cluster[2].State);

        cluster.Pass(TimeSpan.FromSeconds(2));
        cluster.Wires[2].IsUp = false;
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
    }

    [Theory]
    [InlineData(ReplicaState.Promoting)]
    [InlineData(ReplicaState.Learning)]
    [InlineData(ReplicaState.Marking)]
    public void A_replica_lost_at_any_stage_makes_the_others_begin_again(ReplicaState stage)
    {
        using var cluster = new Cluster();
        cluster.Wires[0].KeepsBack = message => stage switch
        {
            ReplicaState.Promoting => message is PromoteToActiveHeader,
            ReplicaState.Learning => message is QueryRegionInfoHeader,
            _ => message is MarkInSyncHeader,
        };
        cluster.Wires[2].KeepsBack = static message => message is HereIAmHeader;
        cluster.Start();
        cluster.Pass(TimeSpan.FromMilliseconds(750));
        Assert.Equal((stage, ReplicaState.Greeting), (cluster[0].State, cluster[2].State));

        cluster.Cut(0, comesBack: false);
        cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Run();
        cluster.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(VolumeState.Active, cluster.Core.State);
        Assert.Equal((ReplicaState.Active, ReplicaState.Active), (cluster[1].State, cluster[2].State));
    }

    [Fact]
    public void I3_what_recorded_that_it_is_in_sync_in_an_attempt_that_broke_off_is_repaired_when_it_is_back_after_another()
    {
        var fakes = Lived(jobs: 5);
        fakes[0].Blocks[3] = 77;
        fakes[0].Versions[0] = fakes[0].Versions[0] with { Dirty = true };
        fakes[0].Info = fakes[0].Info with { PositionJob = new JobId(1500) };
        using var cluster = new Cluster(null, fakes);
        cluster.Wires[1].KeepsBack = static message => message is MarkInSyncHeader;
        cluster.Wires[2].KeepsBack = static message => message is HereIAmHeader;
        cluster.Start();
        cluster.Pass(TimeSpan.FromMilliseconds(750));
        var recorded = fakes[0].Info.InSync;
        Assert.Equal((cluster.Core.Generation, ReplicaState.Marking), (recorded, cluster[1].State));

        cluster.Cut(0, comesBack: false);
        cluster.Wires[1].KeepsBack = cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal((VolumeState.Active, recorded.Next()), (cluster.Core.State, cluster.Core.Generation));
        cluster.Wires[0].IsUp = true;
        cluster.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(ReplicaState.Active, cluster[0].State);
        Assert.Contains(3UL, fakes[0].Repaired);
    }

    [Fact]
    public void I4_a_generation_that_was_asked_for_is_not_raised_where_an_attempt_broke_off_that_had_recorded_it()
    {
        using var cluster = new Cluster(Cluster.Settings with { Generation = new Generation(3) });
        cluster.Wires[0].KeepsBack = static message => message is MarkInSyncHeader;
        cluster.Start();
        Assert.Equal(ReplicaState.Marking, cluster[0].State);

        cluster.Cut(0);

        Assert.Equal((VolumeState.Failed, VolumeFailure.Generation), (cluster.Ends[0].State, cluster.Ends[0].Failure));
        Assert.Contains("try again with a higher one", cluster.Ends[0].Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void I4_an_attempt_of_our_own_excuses_no_region_that_has_forgotten_what_it_promised_us(bool hasForgotten, bool isChosen)
    {
        var own = new Generation(5);
        Replica[] replicas = [new(new ReplicaId(0)), new(new ReplicaId(1)), new(new ReplicaId(2))];
        foreach (var replica in replicas.AsSpan(0, 2))
        {
            replica.State = ReplicaState.Learnt;
            replica.Info = Cluster.Blank()[0].Info;
        }

        replicas[0].Info = replicas[0].Info!.Value with { InSync = own };
        replicas[1].HasForgotten = hasForgotten;

        var source = SourceChoice.Choose(replicas, own, out _);

        Assert.Equal(isChosen, source == replicas[0]);
    }

    private static FakeDownstairs[] Lived(int jobs)
    {
        var fakes = Cluster.Blank();
        using (var cluster = Cluster.Opened(null, fakes))
        {
            for (var i = 0; i < jobs; i++)
            {
                cluster.Write((ulong)i * 30);
            }

            cluster.Flush();
            cluster.Run();
        }

        return fakes;
    }

    private static FakeDownstairs[] LongestCantRead(ulong block)
    {
        var fakes = Lived(jobs: 5);
        fakes[0].Blocks[block] = 500;
        fakes[0].Versions[0] = fakes[0].Versions[0] with { Dirty = true };
        fakes[0].Info = fakes[0].Info with { PositionJob = new JobId(1500) };
        fakes[0].Bad.Add(block);
        return fakes;
    }

    private static void AssertMismatch(string text, Action<FakeDownstairs[]> arrange)
    {
        var fakes = Cluster.Blank();
        arrange(fakes);
        using var cluster = new Cluster(null, fakes);
        cluster.Start();

        Assert.Equal((VolumeState.Failed, VolumeFailure.Mismatch), (cluster.Ends[0].State, cluster.Ends[0].Failure));
        Assert.Contains(text, cluster.Ends[0].Cause, StringComparison.Ordinal);
    }
}
