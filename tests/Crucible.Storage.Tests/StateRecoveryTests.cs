using Crucible.Simulation;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class StateRecoveryTests
{
    private const int Seeds = 300;
    private const int StepsPerSeed = 40;

    [Fact]
    public void Recovery_finds_the_state_and_the_versions_that_memory_held_whatever_records_came()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            Run(seed);
        }
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        var storage = Create();
        var region = Open(storage);
        for (var step = 0; step < StepsPerSeed; step++)
        {
            AppendOne(region, random, (ulong)step);
            if (random.Next(10) == 0)
            {
                region = Reopen(region, storage, random, seed);
            }
        }

        Reopen(region, storage, random, seed).Close();
    }

    private static Region Reopen(Region region, SimulatedStorage storage, Random random, int seed)
    {
        if (random.Next(2) == 0)
        {
            Assert.Equal(ErrorCode.None, region.Apply(force: true));
        }

        Assert.Equal(ErrorCode.None, region.Sync());
        var (state, versions) = (region.State, Versions(region));
        storage.Kill();
        var reopened = Open(storage);
        Assert.True(state == reopened.State, $"seed {seed}: {state} became {reopened.State}");
        Assert.Equal(versions, Versions(reopened));
        return reopened;
    }

    private static ExtentVersion[] Versions(Region region)
    {
        var versions = new ExtentVersion[region.Definition.ExtentCount];
        region.CopyVersions(new ExtentId(0), versions);
        return versions;
    }

    private static void AppendOne(Region region, Random random, ulong step)
    {
        var generation = new Generation(1 + (step / 10));
        var job = new JobId(1000 + step);
        var flush = new FlushNumber(1 + step);
        var block = (ulong)random.Next(999);
        switch (random.Next(9))
        {
            case 0 or 1:
                region.Write(job.Value, block, 1, step);
                break;
            case 2:
                region.Append(b => b.AddWriteZeroes(generation, job, new BlockIndex(block), 1));
                break;
            case 3:
                region.Append(b => b.AddDiscard(generation, job, new BlockIndex(block), 1));
                break;
            case 4:
                region.Append(b => b.AddFlush(generation, job, flush));
                break;
            case 5:
                region.Append(b => b.AddBeginRepair());
                break;
            case 6:
                region.Repair(block, 1, step);
                break;
            case 7:
                region.Append(b => b.AddExtentVersion(new ExtentId((uint)(block / 100)), generation, flush, random.Next(2) == 0));
                break;
            default:
                var none = random.Next(2) == 0;
                region.Append(b => b.AddInSync(generation, none ? default : job, none ? default : flush));
                break;
        }
    }

    [Fact]
    public void I1_a_record_that_a_disk_could_not_read_for_a_while_does_not_cut_off_what_came_after_it()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(5000, 0, 1, 1);
        region.Write(5002, 1, 2, 1);
        region.Flush(5003, 2);
        storage.Kill();
        Open(storage);
        storage.Kill();
        var bit = PositionOf(storage, job: 5002) + 200;
        storage.FlipBit("journal", bit, 1);
        region = Open(storage);
        Assert.True(region.State.Repairing);
        region.Write(5004, 3, 1, 1);
        region.Flush(5005, 3);
        storage.Kill();
        region = Open(storage);
        region.Write(5006, 4, 1, 1);
        region.Flush(5007, 4);
        var state = region.State;
        storage.Kill();

        storage.FlipBit("journal", bit, 1);
        region = Open(storage);

        Assert.Equal(state, region.State);
        Assert.Equal(Data(Small, 3, 2, 1), region.ReadProved(3, 2));
        storage.Kill();
    }

    /// <summary>Where in the journal's file the record of a job lies.</summary>
    private static long PositionOf(SimulatedStorage storage, ulong job)
    {
        var journal = storage.ReadAll("journal");
        for (var at = 2 * 4096; ; at += 16)
        {
            if (journal.AsSpan(at + 8, 4).SequenceEqual("CRJ1"u8) && BitConverter.ToUInt64(journal, at + 56) == job)
            {
                return at;
            }
        }
    }
}
