namespace Crucible.Upstairs;

/// <summary>
/// How fast blocks are copied beside a guest: so fast that one of its requests in a hundred takes noticeably longer than 99 in a
/// hundred usually do, and no faster; as fast as can be where the guest is idle. A rate that a person set is kept to besides.
/// </summary>
internal sealed class RepairPace
{
    /// <summary>However busy the guest, repair comes to an end: a volume with two replicas is one fault from standing still.</summary>
    public const long LeastBytesPerSecond = 8 << 20;

    private const long FirstBytesPerSecond = 64L << 20;
    private const long MostBytesPerSecond = 4L << 30;

    /// <summary>A request is slow that takes so many times what 99 of 100 usually take at most, and <see cref="Slack"/> more.</summary>
    private const double Tolerance = 1.55;

    /// <summary>The part of the requests that may be slow.</summary>
    private const double MostSlow = 0.01;

    // A window's step is in proportion to how far off it was, so that the average of all windows is what is asked for, and bounded,
    // for a single one says little.
    private const double Gain = 0.1;
    private const double Slowest = 0.75;
    private const double IdleFaster = 4;

    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(40);

    // Where nothing happens between two ticks, what a tick allows must do until the next one.
    private static readonly TimeSpan MostSaved = TimeSpan.FromMilliseconds(25);

    private readonly GuestLatency _latency;
    private readonly long _limit;
    private double _rate = FirstBytesPerSecond;
    private double _allowance;
    private Instant _refilled = Instant.Never;
    private uint _window;
    private bool _wasUsedUp;

    /// <param name="latency">What the guest notices.</param>
    /// <param name="limitBytesPerSecond">What a person allows; 0: no limit.</param>
    public RepairPace(GuestLatency latency, long limitBytesPerSecond = 0)
    {
        _latency = latency;
        _window = latency.Windows;
        _limit = limitBytesPerSecond == 0 ? MostBytesPerSecond : limitBytesPerSecond;
    }

    /// <summary>What is allowed now.</summary>
    public long BytesPerSecond => (long)Math.Min(_rate, _limit);

    /// <summary>Whether leave would be given now.</summary>
    public bool HasLeave => _allowance > 0 && !_latency.IsLooking;

    /// <summary>Takes leave to copy or read so many bytes; a debt is paid before the next leave.</summary>
    public bool TryTake(long bytes)
    {
        if (!HasLeave)
        {
            return false;
        }

        _allowance -= bytes;
        return true;
    }

    /// <summary>Time passes: the rate is held against what the guest notices.</summary>
    public void OnTick(Instant now)
    {
        Refill(now);
        if (_latency.Windows != _window)
        {
            _window = _latency.Windows;
            Adjust();
            _wasUsedUp = false;
        }
    }

    /// <summary>
    /// Gives leave for the time since the last call. The more often it is called, the more evenly copies are spread: a guest
    /// waits behind one of them, not behind all that a tick allows.
    /// </summary>
    public void Refill(Instant now)
    {
        if (_refilled == Instant.Never)
        {
            _refilled = now;
        }

        _wasUsedUp |= _allowance <= 0;
        var passed = now - _refilled;
        _refilled = now;
        _allowance = Math.Min(_allowance + (BytesPerSecond * passed.TotalSeconds), BytesPerSecond * MostSaved.TotalSeconds);
    }

    private void Adjust()
    {
        var step = 1.0;
        if (_latency.IsIdle || _latency.Usual is not { } usual)
        {
            // It notices nothing.
            step = IdleFaster;
        }
        else if (_latency.PartSlowerThan((usual * Tolerance) + Slack) is { } slow)
        {
            step = Math.Max(1 + (Gain * (1 - (slow / MostSlow))), Slowest);
        }

        // More than is made use of is allowed to nobody: it would be there at once when the guest has more to do.
        if (step < 1 || _wasUsedUp)
        {
            _rate *= step;
        }

        _rate = Math.Clamp(_rate, LeastBytesPerSecond, MostBytesPerSecond);
    }
}
