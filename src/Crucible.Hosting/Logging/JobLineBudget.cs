namespace Crucible.Hosting;

/// <summary>
/// Lets the first lines of each second through and counts the rest. Asking costs a clock reading and a comparison; nothing is
/// allocated.
/// </summary>
internal sealed class JobLineBudget : IDisposable
{
    /// <summary>As many as a person can follow; a demonstration's few jobs all show.</summary>
    public const int LinesPerSecond = 50;

    private readonly TimeProvider _time;
    private readonly Action<long> _report;
    private readonly ITimer _endOfSecond;
    private readonly Lock _lock = new();
    private long _secondEnds = long.MinValue;
    private int _used;
    private long _dropped;

    /// <param name="time">The clock that cuts time into seconds.</param>
    /// <param name="report">
    /// Told how many lines a second dropped, once it is over; called on a timer's thread or on one that asks.
    /// </param>
    public JobLineBudget(TimeProvider time, Action<long> report)
    {
        _time = time;
        _report = report;
        _endOfSecond = time.CreateTimer(_ => ReportDropped(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a line may be written now. A refusal counts the line as dropped.</summary>
    public bool HasRoom()
    {
        if (_time.GetTimestamp() >= Volatile.Read(ref _secondEnds))
        {
            BeginSecond();
        }

        if (Volatile.Read(ref _used) < LinesPerSecond)
        {
            return true;
        }

        if (Interlocked.Increment(ref _dropped) == 1)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), Volatile.Read(ref _secondEnds));
            _endOfSecond.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        return false;
    }

    /// <summary>Takes the room of one line. Threads that asked at the same instant may pass the limit by one each.</summary>
    public void Use() => Interlocked.Increment(ref _used);

    public void Dispose()
    {
        _endOfSecond.Dispose();
        ReportDropped();
    }

    private void BeginSecond()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (now < _secondEnds)
            {
                return;
            }

            Volatile.Write(ref _used, 0);
            Volatile.Write(ref _secondEnds, now + _time.TimestampFrequency);
        }

        ReportDropped();
    }

    private void ReportDropped()
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            _report(dropped);
        }
    }
}
