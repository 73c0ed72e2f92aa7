namespace Crucible.Upstairs;

/// <summary>
/// What the guest's requests take: the 99th percentile while nothing is repaired, and how many are slower than that while
/// something is. Some windows are kept free of repair to look at what is usual, so that it follows what the guest does and what
/// else the machine does. Costs an increment a request.
/// </summary>
internal sealed class GuestLatency
{
    private const int MinSamples = 50;

    // What was copied last is still on its way to the disk: only the last window of a look tells what is usual.
    private const uint LookEvery = 32;
    private const uint WindowsOfALook = 4;

    // What is usual is an average over some dozens of windows. A guest that does something else now shows in a single one, for
    // all its requests are other ones; what is still disturbed by repair, some of its requests, does not.
    private const float UsualKept = 0.95F;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMilliseconds(500);

    private readonly LatencyHistogram _usual = new();
    private int[] _counts = new int[LatencyHistogram.Slots];
    private int[] _last = new int[LatencyHistogram.Slots];
    private int _samples;
    private int _lastSamples;
    private Instant _began;

    /// <summary>While nothing is repaired; null: not known.</summary>
    public TimeSpan? Usual { get; private set; }

    /// <summary>Too few requests in the last window to tell anything.</summary>
    public bool IsIdle { get; private set; } = true;

    /// <summary>Windows that were looked at; wraps round.</summary>
    public uint Windows { get; private set; }

    /// <summary>This window is kept free of repair.</summary>
    public bool IsLooking { get; private set; }

    /// <summary>A request took so long.</summary>
    public void Record(TimeSpan took)
    {
        _counts[LatencyHistogram.SlotOf(took)]++;
        _samples++;
    }

    /// <summary>
    /// How many of the requests in the last window were slower than this, as a part of all; null where that window says nothing of
    /// repair, for the guest was idle in it or it was kept free.
    /// </summary>
    public double? PartSlowerThan(TimeSpan limit)
    {
        if (_lastSamples == 0)
        {
            return null;
        }

        var slower = 0;
        for (var slot = LatencyHistogram.SlotOf(limit) + 1; slot < LatencyHistogram.Slots; slot++)
        {
            slower += _last[slot];
        }

        return (double)slower / _lastSamples;
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

        IsIdle = _samples < MinSamples;
        var isDisturbed = repairs && !IsLooking;
        if (!IsIdle && !isDisturbed && (!IsLooking || Windows % LookEvery == WindowsOfALook - 1))
        {
            _usual.Add(_counts, UsualKept);
            Usual = _usual.Percentile99 ?? Usual;
        }

        (_last, _counts) = (_counts, _last);
        _lastSamples = !IsIdle && isDisturbed ? _samples : 0;
        Windows = unchecked(Windows + 1);
        IsLooking = !IsIdle && repairs && Windows % LookEvery < WindowsOfALook;
        _began = now;
        _samples = 0;
        Array.Clear(_counts);
    }
}
