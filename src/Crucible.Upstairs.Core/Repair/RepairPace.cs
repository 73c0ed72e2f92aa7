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

    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(100);
    private static readonly TimeSpan AdjustInterval = TimeSpan.FromMilliseconds(100);

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
    public bool HasLeave => _allowance > 0;

    /// <summary>Takes leave to copy or read so many bytes; a debt is paid before the next leave.</summary>
    public bool TryTake(long bytes)
    {
        if (_allowance <= 0)
        {
            return false;
        }

        _allowance -= bytes;
        return true;
    }

    public void OnTick(Instant now)
    {
        if (_refilled == Instant.Never)
        {
            (_refilled, _adjusted) = (now, now);
        }

        if (now - _adjusted >= AdjustInterval)
        {
            _adjusted = now;
            Adjust();
        }

        // No more than a tenth of a second is saved up: a burst is what a guest notices.
        var seconds = Math.Min((now - _refilled).TotalSeconds, 0.1);
        _refilled = now;
        _allowance = Math.Min(_allowance + (BytesPerSecond * seconds), BytesPerSecond * 0.1);
    }

    private void Adjust()
    {
        if (_latency.Recent is { } recent && _latency.Usual is { } usual && recent > (usual * Tolerance) + Slack)
        {
            _rate = Math.Max(LeastBytesPerSecond, _rate * 0.7);
        }
        else
        {
            _rate = Math.Min(MostBytesPerSecond, (_rate * 1.1) + (1 << 20));
        }
    }
}
