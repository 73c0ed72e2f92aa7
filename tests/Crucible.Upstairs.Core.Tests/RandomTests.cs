namespace Crucible.Upstairs.Tests;

/// <summary>
/// Thousands of seeded lives of a volume: requests, answers, cuts, returns and time in any order. The cluster and the fakes
/// hold each step against the invariants; the end holds the replicas against each other.
/// </summary>
public sealed class RandomTests
{
    private static int _regions = 100;

    [Theory]
    [InlineData(AckMode.Quorum, 1)]
    [InlineData(AckMode.Fast, 100_001)]
    public void Whatever_happens_everything_is_answered_once_in_order_and_by_two(AckMode ack, int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 500; seed++)
        {
            try
            {
                Live(ack, new Random(seed));
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
    }

    private static void Live(AckMode ack, Random random)
    {
        using var cluster = Cluster.Opened(Cluster.Settings with
        {
            Ack = ack,
            MaxUnretiredBytes = random.Next(2) == 0 ? 8 * 512 : 1 << 20,
            MaxJobs = 1 << random.Next(5, 9),
        });
        var requests = new List<TestRequest>();
        for (var step = random.Next(150); step >= 0; step--)
        {
            Act(cluster, random, requests);
        }

        foreach (var wire in cluster.Wires)
        {
            (wire.IsUp, wire.IsHeld) = (true, false);
        }

        cluster.Run();
        cluster.Pass(TimeSpan.FromSeconds(10));

        cluster.Core.BeginScrub(0, cluster.Now);
        cluster.Pass(TimeSpan.FromSeconds(1));

        Assert.All(requests, request => Assert.Equal(ErrorCode.None, request.Outcome));
        Assert.Equal(VolumeState.Active, cluster.Core.State);
        Assert.Equal(0, cluster.Core.JobCount);
        var first = cluster.Wires[0].Downstairs;
        for (var i = 0; i < ReplicaId.Count; i++)
        {
            var downstairs = cluster.Wires[i].Downstairs;
            Assert.Equal(ReplicaState.Active, cluster[i].State);
            Assert.Equal(first.Blocks, downstairs.Blocks);
            Assert.Equal(first.Versions, downstairs.Versions);
            Assert.Equal((first.Info.InSync, first.Info.PositionJob), (downstairs.Info.InSync, downstairs.Info.PositionJob));
            Assert.False(downstairs.Info.Repairing);
            Assert.Empty(downstairs.Bad);
            Assert.Empty(downstairs.Lost);
        }
    }

    private static void Act(Cluster cluster, Random random, List<TestRequest> requests)
    {
        var one = random.Next(3);
        switch (random.Next(24))
        {
            case < 5:
                requests.Add(cluster.Submit(RequestKind.Write, Range(random)));
                break;
            case < 8:
                requests.Add(cluster.Submit(RequestKind.Read, Range(random)));
                break;
            case 8:
                requests.Add(cluster.Submit(random.Next(2) == 0 ? RequestKind.Discard : RequestKind.WriteZeroes, Range(random)));
                break;
            case 9:
                requests.Add(cluster.Flush());
                break;
            case 10 when cluster.Wires.Count(wire => wire.IsUp && !wire.IsHeld) == 3:
                cluster.Cut(one, comesBack: random.Next(2) == 0);
                break;
            case 11 when cluster.Wires.Count(wire => wire.IsUp && !wire.IsHeld) == 3:
                cluster.Wires[one].IsHeld = true;
                break;
            case 12:
                cluster.Wires[one].IsHeld = false;
                cluster.Wires[one].IsUp = true;
                break;
            case 13:
                cluster.Pass(TimeSpan.FromMilliseconds(random.Next(400)));
                break;
            case 14:
                cluster.Run();
                break;
            case 15 when AllAreWell(cluster) && random.Next(2) == 0:
                cluster.Wires[one].Downstairs.Wipe(++_regions);
                cluster.Cut(one);
                break;
            case 16 when AllAreWell(cluster):
                cluster.Wires[one].Downstairs.Bad.Add((ulong)random.Next(24));
                break;
            case 17 when random.Next(3) == 0:
                cluster.Core.BeginScrub(0, cluster.Now);
                break;
            default:
                cluster.Step(one);
                break;
        }
    }

    // One bad replica at a time is what is promised to be no event.
    private static bool AllAreWell(Cluster cluster) =>
        Enumerable.Range(0, ReplicaId.Count).All(i => cluster[i].State == ReplicaState.Active && cluster.Wires[i].IsUp
            && !cluster.Wires[i].IsHeld && cluster.Wires[i].Downstairs.Bad.Count == 0);

    private static (ulong Start, uint Count)[] Range(Random random)
    {
        var count = (uint)random.Next(1, 5);
        var start = (ulong)random.Next(20);
        return random.Next(4) == 0 ? [(95, count), (100, count)] : [(start, count)];
    }
}
