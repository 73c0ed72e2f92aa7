using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

/// <summary>I8: whatever a downstairs says, it costs its connection and nothing else.</summary>
public sealed class HostileAnswersTests
{
    private static readonly ReplicaId Zero = new(0);

    [Fact]
    public void A_late_answer_to_a_question_that_was_given_up_is_dropped()
    {
        using var cluster = Cluster.Opened();

        cluster.Deliver(Zero, new JobAckHeader(JobId.FirstControl, ErrorCode.None));

        Assert.Equal(ReplicaState.Active, cluster[0].State);
    }

    [Fact]
    public void Answers_that_were_not_asked_for_cost_the_connection()
    {
        var never = new JobId(ulong.MaxValue - 1);
        object[] answers =
        [
            new JobAckHeader(new JobId(1000), ErrorCode.None),
            new JobAckHeader(new JobId(0), ErrorCode.None),
            new JobAckHeader(never, ErrorCode.None),
            new ContextsAckHeader(never, ErrorCode.None, default),
            new StatesAckHeader(new JobId(1000), ErrorCode.None, new byte[] { 4, 0, 0, 0 }),
            new StatesAckHeader(never, ErrorCode.None, new byte[] { 4, 0, 0, 0 }),
            new ReadAnswer(new JobId(1000), ErrorCode.None, default, [], []),
            new ReadAnswer(never, ErrorCode.None, default, [1], new byte[16]),
            new YouAreNowActiveHeader(new Generation(1)),
            default(RegionInfoHeader),
            new ExtentVersionsHeader(new ExtentId(0), 1, new byte[24]),
        ];
        foreach (var answer in answers)
        {
            using var cluster = Cluster.Opened();

            cluster.Deliver(Zero, answer);

            Assert.NotEqual(ReplicaState.Active, cluster[0].State);
            Assert.Equal(VolumeState.Active, cluster.Core.State);
            cluster.Run();
            Assert.Equal(ReplicaState.Active, cluster[0].State);
        }
    }

    [Fact]
    public void A_job_answered_twice_counts_once()
    {
        using var cluster = Cluster.Opened();
        var write = cluster.Write(0);
        cluster.Deliver(Zero, new JobAckHeader(new JobId(1000), ErrorCode.None));
        cluster.Deliver(Zero, new JobAckHeader(new JobId(1000), ErrorCode.None));

        Assert.Null(write.Outcome);
        Assert.NotEqual(ReplicaState.Active, cluster[0].State);
    }

    [Fact]
    public void A_promotion_under_another_generation_is_no_promotion()
    {
        using var cluster = new Cluster();
        Array.ForEach(cluster.Wires, wire => wire.KeepsBack = message => message is PromoteToActiveHeader);
        cluster.Start();

        cluster.Deliver(Zero, new YouAreNowActiveHeader(new Generation(99)));

        Assert.NotEqual(ReplicaState.Promoting, cluster[0].State);
        Array.ForEach(cluster.Wires, wire => wire.KeepsBack = static _ => false);
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(VolumeState.Active, cluster.Core.State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void During_a_repair_acknowledgements_that_were_not_asked_for_are_no_bug_of_ours(int from)
    {
        var downstairs = Cluster.Blank();
        downstairs[0].Info = downstairs[0].Info with { PositionJob = new JobId(1000), Blank = false };
        downstairs[0].Versions[0] = new ExtentVersion(default, default, true, false);
        downstairs[0].Blocks[0] = 1000;
        for (ulong job = 0; job < 12; job++)
        {
            using var cluster = new Cluster(null, [.. downstairs]);
            Array.ForEach(cluster.Wires, wire => wire.KeepsBack = message => message is ReadContextsHeader or ReadHeader);
            cluster.Start();

            cluster.Deliver(new ReplicaId((byte)from), new JobAckHeader(new JobId(JobId.FirstControl.Value + job), ErrorCode.None));

            Assert.Equal(VolumeState.Activating, cluster.Core.State);
        }
    }

    [Fact]
    public void After_its_end_the_volume_takes_no_answer_and_no_connection()
    {
        using var cluster = new Cluster(Cluster.Settings with { ActivationTimeout = TimeSpan.FromSeconds(1) });
        Array.ForEach(cluster.Wires, wire => wire.IsUp = false);
        cluster.Start();
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(VolumeState.Failed, cluster.Core.State);

        Array.ForEach(cluster.Wires, wire => wire.IsUp = true);
        for (byte replica = 0; replica < 3; replica++)
        {
            cluster.Wires[replica].ConnectAt = cluster.Now;
        }

        cluster.Pass(TimeSpan.FromSeconds(2));

        Assert.Equal(VolumeState.Failed, cluster.Core.State);
        Assert.Single(cluster.Ends);
    }
}
