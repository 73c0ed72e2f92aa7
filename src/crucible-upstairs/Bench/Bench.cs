using System.Diagnostics;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>One bench: as many loops as requests in flight, a warm-up, a measured time, a flush at the end.</summary>
internal sealed class Bench(VolumeSession session, BenchOptions options)
{
    public async Task<int> RunAsync()
    {
        var state = new BenchState(session.Volume, options);
        var loops = Enumerable.Range(0, options.Depth).Select(i => new BenchLoop(state, i)).ToList();
        using var stopping = session.Stop.UnsafeRegister(static s => ((BenchState)s!).Stop(), state);
        var running = Task.WhenAll(loops.Select(loop => Task.Run(loop.RunAsync)));
        await Task.Delay(options.WarmUp, session.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var allocatedBefore = GC.GetTotalAllocatedBytes();
        await running;
        var ended = Stopwatch.GetTimestamp();
        var allocated = GC.GetTotalAllocatedBytes() - allocatedBefore;

        // The loops end on the volume's own threads, which must not be kept.
        await Task.Yield();
        var flush = await FlushAsync(loops);
        var report = Report(state, loops, Stopwatch.GetElapsedTime(Math.Min(state.MeasureFrom, ended), ended), allocated, flush);
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(report);
        }
        else
        {
            report.Print();
        }

        return report.Interrupted ? ExitCode.Interrupted : ExitCode.Success;
    }

    private async Task<TimeSpan?> FlushAsync(List<BenchLoop> loops)
    {
        if (options.ReadPercent == 100 || session.Options.ReadOnly)
        {
            return null;
        }

        var start = Stopwatch.GetTimestamp();
        if (!session.Stop.IsCancellationRequested)
        {
            await session.Volume.FlushAsync();
            await Task.Yield();
        }
        else if (!await session.TryFlushAsync())
        {
            await Console.Error.WriteLineAsync("interrupted: the writes could not be flushed in time");
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private BenchReport Report(BenchState state, List<BenchLoop> loops, TimeSpan elapsed, long allocated, TimeSpan? flush)
    {
        var requests = loops.Sum(l => l.Reads.Count + l.Writes.Count);
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-6);
        return new BenchReport
        {
            Pattern = options.Pattern,
            ReadPercent = options.ReadPercent,
            SizeBytes = options.SizeBytes,
            Depth = options.Depth,
            Ack = session.Options.Ack,
            FlushEvery = options.FlushEvery,
            Seed = options.Seed,
            RangeOffset = state.Range.Offset,
            RangeBytes = state.Range.Length,
            BlockSizeBytes = (uint)session.Volume.BlockSizeBytes,
            ReplicasActive = session.Volume.GetStatus().Replicas.Count(r => r.State == ReplicaState.Active),
            Processors = Environment.ProcessorCount,
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
            Requests = requests,
            Iops = Math.Round(requests / seconds, 1),
            MebibytesPerSecond = Math.Round(requests / seconds * options.SizeBytes / (1 << 20), 2),
            AllocatedBytesPerRequest = Math.Round((double)allocated / Math.Max(requests, 1), 2),
            Reads = LatencyReport.Of(loops.Select(l => l.Reads)),
            Writes = LatencyReport.Of(loops.Select(l => l.Writes)),
            Flushes = LatencyReport.Of(loops.Select(l => l.Flushes)),
            FinalFlushMilliseconds = flush is null ? null : Math.Round(flush.Value.TotalMilliseconds, 2),
            Interrupted = session.Stop.IsCancellationRequested,
        };
    }
}
