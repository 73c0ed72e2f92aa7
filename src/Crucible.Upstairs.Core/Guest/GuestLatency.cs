namespace Crucible.Upstairs;

/// <summary>
/// What the guest's requests take: the 99th percentile while something is repaired, and beside it what that is without. One
/// window of eight is kept free of repair to look at that, so that it follows what the guest does and what else the machine
/// does. Costs an increment a request.
/// </summary>
internal sealed class GuestLatency
{
    private const int MinSamples = 50;
    private const uint LookEvery = 8;

    // What repair does to the guest shows within some windows; what is usual is an average over some dozens of them.
    private const float RecentKept = 0.7F;
    private const float UsualKept = 0.95F;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMilliseconds(500);

    private readonly LatencyHistogram _recent = new();
    private readonly LatencyHistogram _usual = new();
    private readonly int[] _counts = new int[LatencyHistogram.Slots];
    private int _samples;
    private Instant _began;

    /// <summary>While something is repaired; null: the guest is idle, or nothing is.</summary>
    public TimeSpan? Recent { get; private set; }

    /// <summary>While nothing is repaired; null: not known.</summary>
    public TimeSpan? Usual { get; private set; }

    /// <summary>Windows that were looked at; wraps round.</summary>
    public uint Windows { get; private set; }

    /// <summary>This window is kept free of repair, to see what is usual.</summary>
    public bool IsLooking { get; private set; }

    /// <summary>A request took so long.</summary>
    public void Record(TimeSpan took)
    {
        _counts[LatencyHistogram.SlotOf(took)]++;
        _samples++;
    }

    /// <summary>Time passes.</summary>
    /// <param name="now">What time it is.</param>
    /// <param name="repairs">Something is repaired: what is seen now is not what is usual.</param>
    public void OnTick(Instant now, bool repairs)
    {
        if (now - _began < Window || (_samples < MinSamples && now - _began < Forgotten))
        {
            return;
        }

        var isIdle = _samples < MinSamples;
        var histogram = repairs && !IsLooking ? _recent : _usual;
        if (!isIdle)
        {
            histogram.Add(_counts, histogram == _usual ? UsualKept : RecentKept);
            Usual = _usual.Percentile99 ?? Usual;
        }

        if (isIdle || !repairs)
        {
            _recent.Clear();
        }

        Recent = _recent.Percentile99;
        Windows = unchecked(Windows + 1);
        IsLooking = !isIdle && repairs && Windows % LookEvery == 0;
        _began = now;
        _samples = 0;
        Array.Clear(_counts);
    }
}
