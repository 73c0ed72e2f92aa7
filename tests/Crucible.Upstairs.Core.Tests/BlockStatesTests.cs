using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class BlockStatesTests
{
    [Fact]
    public void I9_states_are_asked_of_one_replica_and_tell_every_write_acknowledged_before()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(99);
        cluster.Write(101, 3);
        cluster.Run();

        var states = cluster.States((98, 2), (100, 10));
        cluster.Run();

        Assert.Equal(ErrorCode.None, states.Outcome);
        Assert.Equal([99, 101, 102, 103], Enumerable.Range(98, 12).Where(block => states.States[(ulong)block] == BlockState.Data));
        Assert.Equal(12, states.States.Count);
        Assert.Equal(2, cluster.Wires.Sum(wire => wire.SentOf<ReadStatesHeader>().Count()));
    }

    [Fact]
    public void An_answer_that_covers_only_a_part_is_enough()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(2);
        cluster.Run();
        Array.ForEach(cluster.Wires, wire => wire.Downstairs.MostRuns = 2);

        var states = cluster.States((0, 50));
        cluster.Run();

        Assert.Equal(ErrorCode.None, states.Outcome);
        Assert.Equal((ulong[])[0, 1, 2], states.States.Keys.Order());
    }

    [Fact]
    public void I5_a_question_that_a_replica_did_not_answer_goes_to_another()
    {
        using var cluster = Cluster.Opened();
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);
        var states = cluster.States((0, 10));
        var asked = Array.FindIndex(cluster.Wires, wire => wire.SentOf<ReadStatesHeader>().Any());

        cluster.Cut(asked, comesBack: false);
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = false);
        cluster.Run();

        Assert.Equal(ErrorCode.None, states.Outcome);
    }

    [Fact]
    public void I5_a_question_that_is_late_is_asked_of_a_second_replica_too()
    {
        using var cluster = Cluster.Opened();
        Array.ForEach(cluster.Wires, wire => wire.KeepsBack = message => message is ReadStatesHeader);
        var states = cluster.States((0, 10));
        var asked = Array.FindIndex(cluster.Wires, wire => wire.SentOf<ReadStatesHeader>().Any());

        for (var other = 0; other < 3; other++)
        {
            cluster.Wires[other].KeepsBack = other == asked ? message => message is ReadStatesHeader : static _ => false;
        }

        cluster.Pass(TimeSpan.FromMilliseconds(500));

        Assert.Equal(ErrorCode.None, states.Outcome);
        cluster.Wires[asked].KeepsBack = static _ => false;
        cluster.Run();
        Assert.All(cluster.Core.Replicas.ToArray(), replica => Assert.Equal((ReplicaState.Active, 0), (replica.State, replica.OutstandingJobs)));
    }

    [Fact]
    public void A_replica_of_version_one_is_not_asked_where_another_is_there()
    {
        var downstairs = Cluster.Blank();
        downstairs[0].Version = downstairs[1].Version = 1;
        using var cluster = Cluster.Opened(downstairs: downstairs);

        var states = Enumerable.Range(0, 4).Select(_ => cluster.States((0, 10))).ToArray();
        cluster.Run();

        Assert.All(states, one => Assert.Equal((ErrorCode.None, 10), (one.Outcome, one.States.Count)));
        Assert.Equal(4, cluster.Wires[2].SentOf<ReadStatesHeader>().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Where_only_replicas_of_version_one_are_active_it_is_unsupported_at_once(uint third)
    {
        var downstairs = Cluster.Blank();
        downstairs[0].Version = downstairs[1].Version = 1;
        downstairs[2].Version = third;
        using var cluster = Cluster.Opened(downstairs: downstairs);
        cluster.Cut(2, comesBack: false);

        var states = cluster.States((0, 10));
        cluster.Run();

        Assert.Equal(ErrorCode.Unsupported, states.Outcome);
        Assert.Equal(0, cluster.Core.JobCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2c000000")]
    [InlineData("03000000")]
    [InlineData("0400")]
    public void I8_an_answer_that_can_t_be_costs_the_connection_and_another_is_asked(string runs)
    {
        using var cluster = Cluster.Opened();
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);
        var states = cluster.States((0, 10));
        var asked = Array.FindIndex(cluster.Wires, wire => wire.SentOf<ReadStatesHeader>().Any());

        cluster.Deliver(new ReplicaId((byte)asked), new StatesAckHeader(new JobId(1000), ErrorCode.None, Convert.FromHexString(runs)));

        Assert.Null(states.Outcome);
        Assert.NotEqual(ReplicaState.Active, cluster[asked].State);
        Array.ForEach(cluster.Wires, wire => wire.IsHeld = false);
        cluster.Run();
        Assert.Equal((ErrorCode.None, 10), (states.Outcome, states.States.Count));
    }

    [Fact]
    public void I8_an_error_or_an_answer_of_the_wrong_kind_costs_no_more_than_that()
    {
        using var cluster = Cluster.Opened();
        Array.ForEach(cluster.Wires, wire => wire.Downstairs.Fail = static (kind, _) => kind == MessageKind.ReadStates ? ErrorCode.IoError : 0);

        var states = cluster.States((0, 100));
        cluster.Run();
        Assert.Equal(ErrorCode.IoError, states.Outcome);

        Array.ForEach(cluster.Wires, wire => wire.IsHeld = true);
        var read = cluster.Read(0);
        var asked = Array.FindIndex(cluster.Wires, wire => wire.Inbox.Count > 0);
        cluster.Deliver(new ReplicaId((byte)asked), new StatesAckHeader(new JobId(1001), ErrorCode.None, new byte[] { 4, 0, 0, 0 }));
        Assert.Null(read.Outcome);
        Assert.NotEqual(ReplicaState.Active, cluster[asked].State);
    }

    [Fact]
    public void With_the_volume_read_only_states_are_told()
    {
        using var cluster = Cluster.Opened(Cluster.Settings with { ReadOnly = true });

        var states = cluster.States((0, 100));
        cluster.Run();

        Assert.NotNull(states.Outcome);
        Assert.NotEqual(ErrorCode.ReadOnly, states.Outcome);
    }
}
