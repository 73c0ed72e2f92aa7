using Xunit.Abstractions;

namespace Crucible.Storage.Tests;

/// <summary>
/// The engine runs on real files with a thread that appends, one that syncs and one that applies; every write and sync is
/// recorded. Then the power fails thousands of times: at any moment, any part of what no sync had covered is lost, sector
/// by sector. Recovery must make of each what was promised.
/// </summary>
public sealed class PowerLossTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>How many losses of power in each of the three runs; another number hunts.</summary>
    private const string StatesVariable = "CRUCIBLE_STORAGE_POWER_LOSSES";

    private const int Jobs = 1200;

    private static readonly RegionDefinition Definition = new(512, 40, 6);
    private static readonly double[] Keeps = [0, 0.1, 0.5, 0.9, 1];

    private readonly TemporaryDirectory _directory = new();
    private readonly BlockHistory _history = new(Definition);
    private int _largeWriteBytes;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2048)]
    public void I1_I2_I3_whatever_a_loss_of_power_left_of_a_real_run_is_the_region_right_after_some_one_job(int largeWriteBytes)
    {
        _largeWriteBytes = largeWriteBytes;
        var states = int.Parse(Environment.GetEnvironmentVariable(StatesVariable) ?? "1500", null);
        var log = new DiskLog(new LinuxStorageDirectory(_directory.Path));
        Region.Create(log, Definition, new RegionId(Guid.NewGuid()), new RegionCreateOptions { JournalSizeBytes = RegionFormat.MinJournalBytes });
        var from = log.Events.Count;
        Run(log);

        var random = new Random(7);
        var chosen = Enumerable.Range(0, states).Select(_ => random.Next(from, log.Events.Count)).GroupBy(at => at).ToDictionary(g => g.Key, g => g.Count());
        var disk = new ReplayedDisk();
        var acknowledged = 0UL;
        var positions = new HashSet<ulong>();
        var lost = 0;
        for (var at = 0; at < log.Events.Count; at++)
        {
            log.Events[at].Apply(disk);
            acknowledged = Math.Max(acknowledged, log.Events[at].AcknowledgedJob);
            for (var i = chosen.GetValueOrDefault(at); i > 0; i--)
            {
                var position = Check(disk, at, acknowledged, random);
                positions.Add(position);
                lost += position < _history.Jobs ? 1 : 0;
            }
        }

        output.WriteLine(
            $"{states} losses of power in {log.Events.Count - from} events of {_history.Jobs} jobs: "
            + $"recovered at {positions.Count} different jobs, {lost} times before the last");
        Assert.True(positions.Count > states / 50);
    }

    private ulong Check(ReplayedDisk disk, int at, ulong acknowledged, Random random)
    {
        var storage = disk.Storage.Clone();
        storage.Crash(random, Keeps[random.Next(Keeps.Length)]);
        var region = TestRegion.Open(storage, largeWriteBytes: _largeWriteBytes);
        var state = region.State;
        var position = state.Position.Job.Value;
        Assert.False(state.Repairing, $"event {at}: records that were durable are missing");
        Assert.True(position >= acknowledged, $"event {at}: recovered at job {position}; {acknowledged} was acknowledged as durable");
        Assert.True(_history.Check(region, position, mayBeDamaged: false) is not { } wrong, $"event {at}: {_history.Check(region, position, false)}");
        if (random.Next(4) == 0)
        {
            // Once read, never another version again.
            storage.Crash(random, Keeps[random.Next(Keeps.Length)]);
            region = TestRegion.Open(storage, largeWriteBytes: _largeWriteBytes);
            Assert.Equal(position, region.State.Position.Job.Value);
            Assert.Null(_history.Check(region, position, mayBeDamaged: false));
        }

        return position;
    }

    private void Run(DiskLog log)
    {
        using var region = TestRegion.Open(log, largeWriteBytes: _largeWriteBytes);
        using var stop = new ManualResetEventSlim();
        var applier = new Thread(() =>
        {
            while (!stop.IsSet)
            {
                region.Apply(force: true);
            }
        });
        var syncer = new Thread(() =>
        {
            for (var told = 0UL; !stop.IsSet;)
            {
                var job = region.State.Position.Job.Value;
                if (region.Sync() == ErrorCode.None && job > told)
                {
                    log.Acknowledged(told = job);
                }
            }
        });
        applier.Start();
        syncer.Start();
        var random = new Random(11);
        while (_history.Jobs < Jobs)
        {
            AppendSome(region, random);
        }

        stop.Set();
        applier.Join();
        syncer.Join();
        Assert.Null(region.FaultReason);
    }

    private void AppendSome(Region region, Random random)
    {
        Assert.True(SpinWait.SpinUntil(() => !region.IsFull, TimeSpan.FromSeconds(60)));
        var batch = region.BeginAppend();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var job = new JobId(_history.Jobs + 1);
            var count = (uint)random.Next(1, 9);
            var start = ((uint)random.Next((int)Definition.ExtentCount) * Definition.ExtentSizeBlocks) + (uint)random.Next(32);
            var (changed, version, result) = random.Next(10) switch
            {
                0 => (count, BlockHistory.NeverWritten, batch.AddDiscard(TestRegion.One, job, new BlockIndex(start), count)),
                1 => (count, BlockHistory.Zeroes, batch.AddWriteZeroes(TestRegion.One, job, new BlockIndex(start), count)),
                2 => (0U, 0UL, batch.AddFlush(TestRegion.One, job, new FlushNumber(job.Value))),
                _ => (count, job.Value + 10, batch.AddWrite(Definition, job.Value, start, count, job.Value + 10)),
            };
            Assert.True(result.IsAdded);
            _history.Add(start, changed, version);
        }

        Assert.Equal(ErrorCode.None, region.Commit(batch));
        if (random.Next(4) == 0)
        {
            // As a guest that waits for its flush: else everything would be appended before the first sync has ended.
            var end = region.Appended;
            Assert.True(SpinWait.SpinUntil(() => region.Durable.CompareTo(end) >= 0, TimeSpan.FromSeconds(60)));
        }
    }
}
