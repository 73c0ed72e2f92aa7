using System.Numerics;

namespace Crucible.Upstairs;

/// <summary>Counts of requests by what they took, an eighth of a doubling a slot; older ones count for less.</summary>
internal sealed class LatencyHistogram
{
    public const int Slots = 64 * StepsPerDoubling;

    private const int StepsPerDoubling = 8;
    private const int StepBits = 3;

    private readonly float[] _counts = new float[Slots];

    /// <summary>What 99 of 100 took at most; null: nothing is counted.</summary>
    public TimeSpan? Percentile99 { get; private set; }

    public static int SlotOf(TimeSpan took)
    {
        var ticks = (ulong)Math.Max(took.Ticks, StepsPerDoubling);
        var doublings = BitOperations.Log2(ticks);
        var step = (int)(ticks >> (doublings - StepBits)) - StepsPerDoubling;
        return (doublings * StepsPerDoubling) + step;
    }

    /// <summary>Adds what was counted in a window; what was there before counts for only so much of what it did.</summary>
    public void Add(ReadOnlySpan<int> counts, float kept)
    {
        var all = 0F;
        for (var slot = 0; slot < Slots; slot++)
        {
            _counts[slot] = (_counts[slot] * kept) + counts[slot];
            all += _counts[slot];
        }

        var above = all / 100;
        var at = Slots;
        while (above >= 0 && at > 0)
        {
            above -= _counts[--at];
        }

        Percentile99 = TopOf(at);
    }

    private static TimeSpan TopOf(int slot)
    {
        var doublings = slot / StepsPerDoubling;
        var steps = (long)(slot % StepsPerDoubling) + StepsPerDoubling + 1;
        return TimeSpan.FromTicks(doublings < StepBits ? steps : steps << (doublings - StepBits));
    }
}
