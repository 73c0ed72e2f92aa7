using System.Numerics;

namespace Crucible.Upstairs;

/// <summary>
/// What the guest's requests take: the 99th percentile of the last tenths of a second, and what that usually is while
/// nothing is repaired. Costs an increment a request.
/// </summary>
internal sealed class GuestLatency
{
    private const int StepsPerDoubling = 8;
    private const int MinSamples = 50;

    // What is usual follows what is seen slowly: over some seconds.
    private const double Weight = 0.1;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMilliseconds(500);

    private readonly int[] _counts = new int[64 * StepsPerDoubling];
    private int _samples;
    private Instant _began;

    /// <summary>Of the last window that had enough requests; null: the guest is idle.</summary>
    public TimeSpan? Recent { get; private set; }

    /// <summary>What it is while nothing is repaired; null: not known.</summary>
    public TimeSpan? Usual { get; private set; }

    /// <summary>A request took so long.</summary>
    public void Record(TimeSpan took)
    {
        _counts[Slot(took)]++;
        _samples++;
    }

    /// <summary>Time passes.</summary>
    /// <param name="now">What time it is.</param>
    /// <param name="disturbed">Something is repaired: what is seen now is not what is usual.</param>
    public void OnTick(Instant now, bool disturbed)
    {
        if (now - _began < Window)
        {
            return;
        }

        if (_samples < MinSamples && now - _began < Forgotten)
        {
            return;
        }

        Recent = _samples < MinSamples ? null : Percentile();
        _began = now;
        _samples = 0;
        Array.Clear(_counts);
        if (!disturbed && Recent is { } recent)
        {
            Usual = Usual is { } usual ? usual + ((recent - usual) * Weight) : recent;
        }
    }

    private static int Slot(TimeSpan took)
    {
        var ticks = (ulong)Math.Max(took.Ticks, StepsPerDoubling);
        var doublings = BitOperations.Log2(ticks);
        var step = (int)(ticks >> (doublings - 3)) - StepsPerDoubling;
        return (doublings * StepsPerDoubling) + step;
    }

    private static TimeSpan Latency(int slot)
    {
        var doublings = slot / StepsPerDoubling;
        return TimeSpan.FromTicks(((long)(slot % StepsPerDoubling) + StepsPerDoubling + 1) << (doublings - 3));
    }

    private TimeSpan Percentile()
    {
        var above = _samples / 100;
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
}
