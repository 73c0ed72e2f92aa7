using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class GuideTests
{
    [Fact]
    public void The_guides_session_has_the_guides_numbers()
    {
        using var cluster = Cluster.Opened();

        var write = cluster.Submit(RequestKind.Write, (99, 1), (100, 1));
        var flush = cluster.Flush();
        var read = cluster.Submit(RequestKind.Read, (99, 1), (100, 1));
        cluster.Run();

        Assert.Equal((ErrorCode.None, new JobId(1000), 2), (write.Outcome, write.FirstJob, write.JobCount));
        Assert.Equal((ErrorCode.None, new JobId(1002), 1), (flush.Outcome, flush.FirstJob, flush.JobCount));
        Assert.Equal((ErrorCode.None, new JobId(1003), 2), (read.Outcome, read.FirstJob, read.JobCount));
        Assert.Equal(new Dictionary<ulong, ulong> { [99] = 1000, [100] = 1001 }, read.Read);
        foreach (var wire in cluster.Wires)
        {
            var sent = wire.SentOf<FlushHeader>().Single();
            Assert.Equal(("[1000, 1001]", new FlushNumber(1)), (sent.Dependencies.ToString(), sent.Flush));
            Assert.Equal([1000UL, 1001, 1002], wire.Downstairs.Done.Select(job => job.Value));
        }

        Assert.Equal([1000, 1001, 1002, 1003, 1004], cluster.Retired.Select(job => (int)job.Value).Order().ToArray());
        Assert.Equal(0, cluster.Core.JobCount);
    }

    [Fact]
    public void I9_a_read_depends_on_the_writes_it_overlaps_and_a_write_on_its_blocks_last_writers()
    {
        using var cluster = Cluster.Opened();
        cluster.Write(0, 2);
        cluster.Write(2, 2);
        cluster.Write(1, 2);
        cluster.Submit(RequestKind.Discard, (0, 10));
        cluster.Read(3);
        cluster.Read(50);
        cluster.Run();

        var writes = cluster.Wires[0].SentOf<WriteHeader>().ToArray();
        var reads = cluster.Wires.SelectMany(wire => wire.SentOf<ReadHeader>()).OrderBy(read => read.Job).ToArray();
        Assert.Equal(["[]", "[]", "[1000, 1001]"], writes.Select(write => write.Dependencies.ToString()));
        Assert.Equal("[1000, 1001, 1002]", cluster.Wires[0].SentOf<DiscardHeader>().Single().Dependencies.ToString());
        Assert.True(reads[0].Dependencies.Contains(new JobId(1001)) && reads[0].Dependencies.Contains(new JobId(1003)));
        Assert.True(reads[1].Dependencies.IsEmpty);
    }

    [Fact]
    public void I4_the_generation_is_durable_on_a_quorum_before_the_first_job_and_every_job_bears_it()
    {
        using var cluster = new Cluster();
        cluster.Wires[1].KeepsBack = message => message is PromoteToActiveHeader;
        cluster.Wires[2].KeepsBack = message => message is PromoteToActiveHeader;
        cluster.Start();

        Assert.Equal(VolumeState.Activating, cluster.Core.State);
        Assert.Equal(ErrorCode.NotEnoughReplicas, cluster.Write(0).Outcome);
        cluster.Wires[1].KeepsBack = cluster.Wires[2].KeepsBack = static _ => false;
        cluster.Run();
        cluster.Write(0);
        cluster.Read(0);
        cluster.Flush();
        cluster.Run();

        Assert.Equal(new Generation(1), cluster.Core.Generation);
        Assert.All(cluster.Wires, wire => Assert.Equal([new Generation(1)], wire.Downstairs.Bore));
        Assert.All(cluster.Wires, wire => Assert.Equal(new Generation(1), wire.Downstairs.Info.InSync));
    }
}
