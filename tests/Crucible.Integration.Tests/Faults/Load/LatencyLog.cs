using System.Diagnostics;
using System.Numerics;

namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>A request that took long.</summary>
/// <param name="Began">Timestamp of the system's clock for durations.</param>
/// <param name="Took">How long.</param>
/// <param name="What">Which kind of request; "under way" for one that has not ended.</param>
internal readonly record struct Pause(long Began, TimeSpan Took, string What);

/// <summary>How long each request of a load took, and when: the long ones one by one, all of them as a distribution.</summary>
internal sealed class LatencyLog(int depth)
{
    private const int StepsPerDoubling = 16;

    /// <summary>Requests that take longer are kept one by one.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(50);

    private readonly long[] _counts = new long[64 * StepsPerDoubling];
    private readonly long[] _began = new long[depth];
    private readonly List<Pause> _long = [];
    private long _count;

    /// <summary>Requests that ended.</summary>
    public long Count => Interlocked.Read(ref _count);

    public void Begin(int worker) => Volatile.Write(ref _began[worker], Stopwatch.GetTimestamp());

    public void End(int worker, string what)
    {
        var began = _began[worker];
        var took = Stopwatch.GetElapsedTime(began);
        Volatile.Write(ref _began[worker], 0);
        Interlocked.Increment(ref _counts[Slot(took)]);
        Interlocked.Increment(ref _count);
        if (took > Long)
        {
            lock (_long)
            {
                _long.Add(new Pause(began, took, what));
            }
        }
    }

    /// <summary>The longest request that ended since a timestamp, or is still under way.</summary>
    public Pause WorstSince(long timestamp)
    {
        var worst = default(Pause);
        lock (_long)
        {
            foreach (var pause in _long)
            {
                var ended = pause.Began + (long)(pause.Took.TotalSeconds * Stopwatch.Frequency);
                worst = ended >= timestamp && pause.Took > worst.Took ? pause : worst;
            }
        }

        foreach (ref var slot in _began.AsSpan())
        {
            var began = Volatile.Read(ref slot);
            if (began != 0 && Stopwatch.GetElapsedTime(began) is var took && took > worst.Took)
            {
                worst = new Pause(began, took, "under way");
            }
        }

        return worst;
    }

    /// <summary>The requests that took long and ended since a timestamp, and began no earlier than it, by when they began.</summary>
    public IReadOnlyList<Pause> LongSince(long timestamp)
    {
        lock (_long)
        {
            return [.. _long.Where(pause => pause.Began >= timestamp).OrderBy(pause => pause.Began)];
        }
    }

    /// <summary>Forgets the distribution, not the long ones.</summary>
    public void ResetDistribution()
    {
        Array.Clear(_counts);
    }

    /// <summary>What this part of the requests took at most, to a sixteenth.</summary>
    public TimeSpan Percentile(double part)
    {
        var above = (long)(_counts.Sum() * (1 - part));
        for (var slot = _counts.Length - 1; slot > 0; slot--)
        {
            above -= _counts[slot];
            if (above < 0)
            {
                return Latency(slot);
            }
        }

        return TimeSpan.Zero;
    }

    private static int Slot(TimeSpan took)
    {
        var ticks = (ulong)Math.Max(took.Ticks, StepsPerDoubling);
        var doublings = BitOperations.Log2(ticks);
        return (doublings * StepsPerDoubling) + (int)(ticks >> (doublings - 4)) - StepsPerDoubling;
    }

    private static TimeSpan Latency(int slot) =>
        TimeSpan.FromTicks(((long)(slot % StepsPerDoubling) + StepsPerDoubling + 1) << ((slot / StepsPerDoubling) - 4));
}
