using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

public class BlockStatesTests
{
    [Fact]
    public void I9_states_tell_what_arrived_together_with_the_question_and_what_was_applied()
    {
        using var region = new TestRegion(new RegionDefinition(512, 100, 10));
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();
        client.Write(1000, 2, 3, 0xA1);
        client.Flush(1001, 1);

        client.QueueWrite(1002, 10, 1, 0xA2);
        client.Send(new ReadStatesHeader(client.Generation, new JobId(1003), new BlockIndex(0), 100, default));

        Assert.Equal(new JobId(1002), client.Receive<JobAckHeader>().Job);
        Assert.Equal([(BlockState.NeverWritten, 2U), (BlockState.Data, 3U), (BlockState.NeverWritten, 5U), (BlockState.Data, 1U), (BlockState.NeverWritten, 89U)], Runs(client, 1003));

        client.Send(new ReadStatesHeader(client.Generation, new JobId(1004), new BlockIndex(900), 100, default));
        Assert.Equal([(BlockState.NeverWritten, 100U)], Runs(client, 1004));
    }

    [Fact]
    public void Over_version_one_the_question_ends_the_connection()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Connect();
        Assert.Equal(1U, client.Greet(readOnly: true, version: 1).Version);

        client.Send(new ReadStatesHeader(Generation.None, new JobId(1000), new BlockIndex(0), 1, default));

        Assert.Contains("ReadStates", client.Receive<GoodbyeHeader>().Text, StringComparison.Ordinal);
    }

    private static (BlockState State, uint Count)[] Runs(TestClient client, ulong job)
    {
        var ack = client.Receive<StatesAckHeader>();
        Assert.Equal((new JobId(job), ErrorCode.None), (ack.Job, ack.Result));
        return [.. ack.Runs.ToArray().Chunk(BlockStateRuns.RunSizeBytes).Select(run => BlockStateRuns.Unpack(run))];
    }
}
