namespace Crucible.Upstairs;

/// <summary>
/// How fast blocks are copied beside a guest: as fast as they can be while the guest's requests take no longer than they
/// used to, slower where they do. A rate that a person set is kept to besides.
/// </summary>
internal sealed class RepairPace
{
    /// <summary>However busy the guest, repair comes to an end: a volume with two replicas is one fault from standing still.</summary>
    public const long LeastBytesPerSecond = 8 << 20;

    private const long FirstBytesPerSecond = 64L << 20;
    private const long MostBytesPerSecond = 4L << 30;

    /// <summary>Requests may take so many times what they took before, and <see cref="Slack"/> more, before repair gives way.</summary>
    private const double Tolerance = 1.5;

    private const double Slower = 0.8;
    private const double Faster = 1.1;
    private const double MuchFaster = 1.5;

    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(40);
    private static readonly TimeSpan AdjustInterval = TimeSpan.FromMilliseconds(100);

    // Where nothing happens between two ticks, what a tick allows must do until the next one.
    private static readonly TimeSpan MostSaved = TimeSpan.FromMilliseconds(25);

    private readonly GuestLatency _latency;
    private readonly long _limit;
    private double _rate = FirstBytesPerSecond;
    private double _allowance;
    private Instant _refilled = Instant.Never;
    private Instant _adjusted;

    /// <param name="latency">What the guest notices.</param>
    /// <param name="limitBytesPerSecond">What a person allows; 0: no limit.</param>
    public RepairPace(GuestLatency latency, long limitBytesPerSecond = 0)
    {
        _latency = latency;
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
        if (now - _adjusted >= AdjustInterval)
        {
            _adjusted = now;
            Adjust();
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
            (_refilled, _adjusted) = (now, now);
        }

        var passed = now - _refilled;
        _refilled = now;
        _allowance = Math.Min(_allowance + (BytesPerSecond * passed.TotalSeconds), BytesPerSecond * MostSaved.TotalSeconds);
    }

    private void Adjust()
    {
        if (_latency.Recent is { } recent && _latency.Usual is { } usual)
        {
            _rate *= recent > (usual * Tolerance) + Slack ? Slower : Faster;
        }
        else
        {
            // An idle guest notices nothing.
            _rate *= MuchFaster;
        }

        _rate = Math.Clamp(_rate, LeastBytesPerSecond, MostBytesPerSecond);
    }
}
