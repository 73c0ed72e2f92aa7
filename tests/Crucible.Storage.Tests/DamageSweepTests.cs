using Crucible.Simulation;
using Xunit.Abstractions;

namespace Crucible.Storage.Tests;

/// <summary>
/// Thousands of damaged regions: every kind of file, every kind of damage, at random places. Opening refuses with one clear
/// line, or the region serves right blocks and integrity errors and nothing else.
/// </summary>
public class DamageSweepTests(ITestOutputHelper output)
{
    /// <summary>Cases for each kind of file and damage; another number hunts.</summary>
    private const string CasesVariable = "CRUCIBLE_STORAGE_DAMAGES";

    private static readonly RegionDefinition Definition = new(512, 40, 6);
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable(CasesVariable) ?? "60", null);

    public static TheoryData<string, string> Kinds()
    {
        var kinds = new TheoryData<string, string>();
        foreach (var file in new[] { "region.json", "journal", "checkpoint", "versions", "extents", "lock" })
        {
            foreach (var damage in new[] { "flip", "garbage", "zeroes", "cut", "gone" })
            {
                kinds.Add(file, damage);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void I2_I3_I6_I8_a_damaged_region_refuses_or_serves_right_blocks_and_integrity_errors(string file, string damage)
    {
        var (refused, repairing, other) = (0, 0, 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var sample = Sample.Make(random);
            Damage(sample, file, damage, random);
            try
            {
                using var region = TestRegion.Open(sample.Storage);
                Check(region, sample, $"{file} {damage}, case {seed}");
                repairing += region.State.Repairing ? 1 : 0;
                other += region.State.Repairing ? 0 : 1;
            }
            catch (CrucibleException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.True(file is not ("extents" or "lock"), $"{file} {damage}, case {seed}: {e.Message}");
                refused++;
            }
        }

        output.WriteLine($"{file} {damage}: {refused} refused, {repairing} opened under repair, {other} opened");
        Assert.True(refused + repairing + other == Cases);
        Assert.True(other + repairing == 0 || file != "region.json" || damage is "flip" or "garbage" or "zeroes", "a region needs its region.json");
    }

    [Fact]
    public void I3_a_flipped_bit_in_a_durable_record_makes_a_witness_that_is_no_source()
    {
        var random = new Random(3);
        var found = 0;
        for (var seed = 0; seed < 4 * Cases; seed++)
        {
            var sample = Sample.Make(random);
            var end = Sample.JournalOffset(sample.LastFlushStart);
            sample.Storage.FlipBit("journal", 8192 + random.NextInt64(end - 8192), random.Next(8));

            using var region = TestRegion.Open(sample.Storage);

            Check(region, sample, $"case {seed}");
            if (region.State.Repairing)
            {
                found++;
                Assert.Equal(sample.DurableJob, region.State.Position.Job.Value);
                region.Close();
                using var again = TestRegion.Open(sample.Storage);
                Assert.True(again.State.Repairing);
                Assert.Equal(sample.DurableJob, again.State.Position.Job.Value);
            }
        }

        output.WriteLine($"{found} of {4 * Cases} flipped bits cut a journal short");
        Assert.True(found > Cases / 2);
    }

    private static void Check(Region region, Sample sample, string what)
    {
        var state = region.State;
        Assert.True(state.PromisedGeneration == TestRegion.One, $"{what}: generation {state.PromisedGeneration} is promised");
        if (!state.Repairing)
        {
            Assert.True(
                state.Position.Job.Value >= sample.DurableJob && state.Position.Job.Value <= sample.History.Jobs,
                $"{what}: the position is {state.Position}; job {sample.DurableJob} was flushed");
        }

        var wrong = sample.History.Check(region, state.Repairing ? null : state.Position.Job.Value, mayBeDamaged: true);
        Assert.True(wrong is null, $"{what}: {wrong}");
    }

    private static void Damage(Sample sample, string file, string damage, Random random)
    {
        var storage = sample.Storage;
        var name = file switch
        {
            "checkpoint" => "journal",
            "extents" => Pick(storage.Files.Where(f => f.StartsWith("extents/", StringComparison.Ordinal)).ToList(), random),
            _ => file,
        };
        var length = file switch
        {
            "checkpoint" => 8192L,
            "journal" => Sample.JournalOffset(sample.End),
            "lock" => 0,
            _ => storage.ReadAll(name).Length,
        };
        var from = file == "journal" ? 8192L : 0;
        switch (damage)
        {
            case "gone":
                storage.Lose(name);
                break;
            case "cut" when length > 0:
                storage.DamageLength(name, random.NextInt64(from, length));
                break;
            case "flip" when length > 0:
                storage.FlipBit(name, random.NextInt64(from, length), random.Next(8));
                break;
            case "garbage" or "zeroes" when length > 0:
                var bytes = new byte[random.Next(1, 600)];
                if (damage == "garbage")
                {
                    random.NextBytes(bytes);
                }

                var offset = random.NextInt64(from, length);
                storage.Damage(name, offset, bytes.AsSpan(0, (int)Math.Min(bytes.Length, length - offset)));
                break;
        }
    }

    private static string Pick(List<string> names, Random random) => names[random.Next(names.Count)];

    /// <summary>A region whose process died: parts of it applied, parts flushed and in the journal, parts never synced.</summary>
    private sealed class Sample
    {
        public required SimulatedStorage Storage { get; init; }

        public required BlockHistory History { get; init; }

        /// <summary>The last flush that was acknowledged.</summary>
        public required ulong DurableJob { get; init; }

        /// <summary>Journal position where that flush's record begins.</summary>
        public required ulong LastFlushStart { get; init; }

        public required ulong End { get; init; }

        public static Sample Make(Random random)
        {
            var storage = TestRegion.Create(Definition);
            storage.Open("lock", StorageOpenMode.Create)!.Dispose();
            storage.SyncDirectory("");
            var region = TestRegion.Open(storage);
            var history = new BlockHistory(Definition);
            region.Append(b => b.AddPromote(TestRegion.One, new SessionId(Guid.NewGuid())));
            region.Write(1, 0, 4, 9);
            history.Add(0, 4, 9);
            Jobs(region, history, random, random.Next(12));
            Assert.Equal(ErrorCode.None, region.Apply(force: true));
            for (var flush = 1UL; flush <= 3; flush++)
            {
                Jobs(region, history, random, random.Next(1, 6));
                if (flush == 3)
                {
                    break;
                }

                region.Append(b => b.AddFlush(TestRegion.One, new JobId(history.Jobs + 1), new FlushNumber(flush)));
                history.Add(0, 0, 0);
                Assert.Equal(ErrorCode.None, region.Sync());
            }

            var flushStart = region.Appended.Value;
            region.Append(b => b.AddFlush(TestRegion.One, new JobId(history.Jobs + 1), new FlushNumber(3)));
            history.Add(0, 0, 0);
            var durable = history.Jobs;
            Assert.Equal(ErrorCode.None, region.Sync());
            Jobs(region, history, random, random.Next(3, 6));
            var end = region.Appended.Value;
            storage.Kill();
            return new Sample { Storage = storage, History = history, DurableJob = durable, LastFlushStart = flushStart, End = end };
        }

        public static long JournalOffset(ulong position) => 8192 + (long)position;

        private static void Jobs(Region region, BlockHistory history, Random random, int count)
        {
            for (; count > 0; count--)
            {
                var blocks = (uint)random.Next(1, 9);
                var start = ((uint)random.Next((int)Definition.ExtentCount) * Definition.ExtentSizeBlocks) + (uint)random.Next(32);
                var job = new JobId(history.Jobs + 1);
                var version = random.Next(8) switch
                {
                    0 => BlockHistory.NeverWritten,
                    1 => BlockHistory.Zeroes,
                    _ => history.Jobs + 10,
                };
                switch (version)
                {
                    case BlockHistory.NeverWritten:
                        region.Append(b => b.AddDiscard(TestRegion.One, job, new BlockIndex(start), blocks));
                        break;
                    case BlockHistory.Zeroes:
                        region.Append(b => b.AddWriteZeroes(TestRegion.One, job, new BlockIndex(start), blocks));
                        break;
                    default:
                        region.Write(job.Value, start, blocks, version);
                        break;
                }

                history.Add(start, blocks, version);
            }
        }
    }
}
