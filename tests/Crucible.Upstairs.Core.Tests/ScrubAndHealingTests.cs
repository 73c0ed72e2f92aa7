using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class ScrubAndHealingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void I6_a_block_that_a_read_found_damaged_is_read_elsewhere_and_mended(int bad)
    {
        using var cluster = Written();
        cluster.Wires[bad].Downstairs.Bad.Add(4);

        var reads = Enumerable.Range(0, 6).Select(_ => cluster.Read(3, 3)).ToArray();
        cluster.Run();
        cluster.Pass(TimeSpan.FromMilliseconds(50));

        Assert.All(reads, read => Assert.Equal(ErrorCode.None, read.Outcome));
        Assert.Empty(cluster.Wires[bad].Downstairs.Bad);
        Assert.Equal([4UL], cluster.Wires[bad].Downstairs.Repaired);
        Assert.Equal(1UL, cluster.Core.HealedBlocks);
        Assert.True(cluster[bad].BadReads > 0);
        Assert.Equal(ReplicaState.Active, cluster[bad].State);
    }

    [Fact]
    public void What_the_guest_writes_while_a_block_is_mended_stays()
    {
        using var cluster = Written();
        cluster.Wires[1].Downstairs.Bad.Add(4);
        foreach (var wire in cluster.Wires)
        {
            wire.KeepsBack = static message => message is ReadHeader { Job.IsControl: true };
        }

        for (var i = 0; i < 6; i++)
        {
            cluster.Read(4);
        }

        cluster.Run();
        cluster.Pass(TimeSpan.FromMilliseconds(50));
        var write = cluster.Write(4);
        foreach (var wire in cluster.Wires)
        {
            wire.KeepsBack = static _ => false;
        }

        cluster.Run();

        Assert.Equal(ErrorCode.None, write.Outcome);
        Assert.All(cluster.Wires, wire => Assert.Equal(write.FirstJob.Value, wire.Downstairs.Blocks[4]));
    }

    [Fact]
    public void A_scrub_finds_damage_and_difference_and_mends_both_by_what_most_hold()
    {
        using var cluster = Written();
        cluster.Wires[0].Downstairs.Bad.Add(2);
        cluster.Wires[2].Downstairs.Blocks[7] = 12345;

        Assert.Null(cluster.Core.BeginScrub(0, cluster.Now));
        cluster.Pass(TimeSpan.FromSeconds(2));

        var scrub = cluster.Core.ScrubAt(cluster.Now)!.Value;
        Assert.False(scrub.IsRunning);
        Assert.Equal((Cluster.Definition.TotalBytes, 2UL, 0UL), (scrub.ComparedBytes, scrub.MendedBlocks, scrub.BadBlocks));
        Assert.Empty(cluster.Wires[0].Downstairs.Bad);
        Assert.All(cluster.Wires, wire => Assert.Equal(cluster.Wires[0].Downstairs.Blocks, wire.Downstairs.Blocks));
    }

    [Fact]
    public void A_scrub_counts_what_nobody_can_tell()
    {
        using var cluster = Written();
        Array.ForEach(cluster.Wires, wire => wire.Downstairs.Bad.Add(6));

        cluster.Core.BeginScrub(0, cluster.Now);
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(1UL, cluster.Core.ScrubAt(cluster.Now)!.Value.BadBlocks);
    }

    [Fact]
    public void A_scrub_keeps_to_its_rate()
    {
        using var cluster = Written();
        var half = (long)Cluster.Definition.TotalBytes / 2;

        cluster.Core.BeginScrub(half, cluster.Now);
        cluster.Pass(TimeSpan.FromSeconds(1.5));

        var scrub = cluster.Core.ScrubAt(cluster.Now)!.Value;
        Assert.True(scrub.IsRunning);
        Assert.InRange((long)scrub.ComparedBytes, half / 2, half * 7 / 4);
    }

    [Fact]
    public void A_scrub_goes_on_without_a_replica_that_goes_away_in_the_middle()
    {
        using var cluster = Written();
        cluster.Wires[2].KeepsBack = static message => message is ReadContextsHeader;
        cluster.Core.BeginScrub(0, cluster.Now);
        cluster.Pass(TimeSpan.FromMilliseconds(200));

        cluster.Cut(2, comesBack: false);
        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.False(cluster.Core.ScrubAt(cluster.Now)!.Value.IsRunning);
        Assert.Equal(Cluster.Definition.TotalBytes, cluster.Core.ScrubAt(cluster.Now)!.Value.ComparedBytes);
    }

    [Fact]
    public void A_scrub_begins_by_itself_after_its_interval()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { ScrubInterval = TimeSpan.FromSeconds(5) });

        cluster.Pass(TimeSpan.FromSeconds(13));

        Assert.Equal(2, cluster.Core.ScrubAt(cluster.Now)!.Value.Number);
    }

    [Fact]
    public void I5_a_read_that_one_replica_keeps_waiting_is_asked_of_a_second_one_too()
    {
        using var cluster = Written();
        cluster.Wires[0].KeepsBack = static message => message is ReadHeader;
        var reads = Enumerable.Range(0, 6).Select(_ => cluster.Read(1)).ToArray();
        cluster.Run();
        Assert.Contains(reads, read => read.Outcome is null);

        cluster.Pass(TimeSpan.FromMilliseconds(500));

        Assert.All(reads, read => Assert.Equal(ErrorCode.None, read.Outcome));
        Assert.Equal(ReplicaState.Active, cluster[0].State);
        cluster.Wires[0].KeepsBack = static _ => false;
        cluster.Run();
        Assert.Equal((ReplicaState.Active, 0), (cluster[0].State, cluster[0].OutstandingJobs));
    }

    [Fact]
    public void A_read_whose_second_replica_goes_away_while_the_first_ones_bad_answer_is_looked_at_goes_to_the_third()
    {
        using var cluster = Written();
        Array.ForEach(cluster.Wires, wire => wire.KeepsBack = static message => message is ReadHeader);
        var read = cluster.Read(1);
        cluster.Run();
        cluster.Pass(TimeSpan.FromMilliseconds(400));
        var asked = Enumerable.Range(0, 3).Where(i => cluster.Wires[i].SentOf<ReadHeader>().Any()).ToArray();
        Assert.Equal(2, asked.Length);
        var first = new ReplicaId((byte)asked[0]);

        var job = cluster.Core.BeginDelivery(first, read.FirstJob, cluster.Now)!;
        cluster.Cut(asked[1], comesBack: false);
        cluster.Core.EndDelivery(first, job, ErrorCode.IntegrityError, cluster.Now);
        Array.ForEach(cluster.Wires, wire => wire.KeepsBack = static _ => false);
        cluster.Run();

        Assert.Equal(ErrorCode.None, read.Outcome);
    }

    private static Cluster Written()
    {
        var cluster = Cluster.Opened();
        for (var i = 0UL; i < 12; i++)
        {
            cluster.Write(i);
        }

        cluster.Flush();
        cluster.Run();
        return cluster;
    }
}
