using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class ReadRoutingTests
{
    [Fact]
    public void I6_read_only_a_damaged_extent_is_no_difference_and_its_blocks_are_read_elsewhere()
    {
        var fakes = Cluster.Blank();
        using (var writer = Cluster.Opened(downstairs: fakes))
        {
            writer.Write(3);
            writer.Flush();
            writer.Run();
        }

        fakes[0].Versions[0] = fakes[0].Versions[0] with { Faulted = true };
        fakes[0].Bad.Add(3);
        using var cluster = Cluster.Opened(Cluster.Settings with { ReadOnly = true }, fakes);
        var reads = Enumerable.Range(0, 4).Select(_ => cluster.Read(3)).ToArray();
        cluster.Pass(TimeSpan.FromSeconds(1));

        Assert.All(reads, static read => Assert.Equal(ErrorCode.None, read.Outcome));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(ReplicaState.Active, cluster[i].State));
        Assert.All(fakes, static fake => Assert.Empty(fake.Repaired));
    }

    [Fact]
    public void I6_a_read_that_one_replica_can_t_prove_is_answered_by_another()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(7);
        cluster.Run();
        cluster.Wires[0].Downstairs.Bad.Add(7);
        cluster.Wires[1].Downstairs.Bad.Add(7);

        var reads = Enumerable.Range(0, 4).Select(_ => cluster.Read(7)).ToArray();
        cluster.Run();

        Assert.All(reads, read => Assert.Equal((ErrorCode.None, 1000UL), (read.Outcome, read.Read[7])));
        Assert.True(cluster[0].BadReads > 0 && cluster[2].BadReads == 0);
    }

    [Fact]
    public void I6_a_read_that_nobody_can_prove_is_an_integrity_error()
    {
        using var cluster = Cluster.Opened();
        Array.ForEach(cluster.Wires, wire => wire.Downstairs.Bad.Add(7));

        var read = cluster.Read(7);
        cluster.Run();

        Assert.Equal(ErrorCode.IntegrityError, read.Outcome);
        Assert.Empty(read.Read);
    }

    [Fact]
    public void A_read_that_only_an_absent_replica_could_answer_ends_when_that_loses_its_place()
    {
        using var cluster = Cluster.Opened();
        cluster.Cut(2, comesBack: false);
        cluster.Wires[0].Downstairs.Bad.Add(7);
        cluster.Wires[1].Downstairs.Bad.Add(7);
        var read = cluster.Read(7);
        cluster.Run();
        Assert.Null(read.Outcome);

        cluster.Pass(TimeSpan.FromSeconds(61));

        Assert.NotNull(read.Outcome);
        Assert.NotEqual(ErrorCode.None, read.Outcome);
    }

    [Fact]
    public void A_read_that_only_an_absent_replica_could_answer_ends_after_the_request_timeout()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { RequestTimeout = TimeSpan.FromSeconds(5) });
        cluster.Cut(2, comesBack: false);
        cluster.Wires[0].Downstairs.Bad.Add(7);
        cluster.Wires[1].Downstairs.Bad.Add(7);
        var read = cluster.Read(7);

        cluster.Pass(TimeSpan.FromSeconds(6));

        Assert.Equal(ErrorCode.NotEnoughReplicas, read.Outcome);
    }

    [Fact]
    public void With_one_replica_left_for_good_writes_wait_and_then_fail_and_reads_are_still_served()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(7);
        cluster.Run();
        cluster.Wires[0].Downstairs.Fail = cluster.Wires[1].Downstairs.Fail = static (kind, _) =>
            kind is MessageKind.Write or MessageKind.BeginRepair ? ErrorCode.NoSpace : 0;
        var failed = cluster.Write(8);
        cluster.Run();
        var write = cluster.Write(9);
        var read = cluster.Read(7);

        cluster.Pass(TimeSpan.FromSeconds(29));

        Assert.Equal((null, null, ErrorCode.None), (failed.Outcome, write.Outcome, read.Outcome));
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal((ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicas), (failed.Outcome, write.Outcome));
    }

    [Theory]
    [InlineData(ErrorCode.None)]
    [InlineData(ErrorCode.IntegrityError)]
    public void A_read_that_is_being_delivered_when_the_volume_ends_is_answered(ErrorCode result)
    {
        using var cluster = Cluster.Opened();
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);
        var read = cluster.Read(7);
        var replica = Array.FindIndex(cluster.Wires, wire => wire.Inbox.Count > 0);
        var id = new ReplicaId((byte)replica);
        var job = cluster.Core.BeginDelivery(id, new JobId(1000), cluster.Now);

        cluster.Core.Close(cluster.Now);
        Assert.Null(read.Outcome);
        cluster.Core.EndDelivery(id, job!, result, cluster.Now);

        Assert.Equal(result == ErrorCode.None ? ErrorCode.None : ErrorCode.Closed, read.Outcome);
        Assert.Equal(0, cluster.Core.JobCount);
    }
}
