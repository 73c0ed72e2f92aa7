namespace Crucible.Nbd;

/// <summary>
/// Bounds the requests under way and the bytes held for them, from a request's arrival until its reply has left. Thread-safe.
/// </summary>
/// <param name="maxBytes">Most bytes; a request longer than that is let in alone.</param>
/// <param name="maxRequests">Most requests.</param>
internal sealed class InFlightLimiter(long maxBytes, int maxRequests)
{
    private readonly object _lock = new();
    private int _waiting;
    private bool _closed;

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Requests under way.</summary>
    public int Requests { get; private set; }

    /// <summary>Takes room if there is any.</summary>
    public bool TryEnter(long bytes)
    {
        lock (_lock)
        {
            if (_closed || IsFullFor(bytes))
            {
                return false;
            }

            Take(bytes);
            return true;
        }
    }

    /// <summary>Waits for room and takes it. False: it was closed.</summary>
    /// <param name="bytes">What is held for the request.</param>
    /// <param name="atOnce">Do not wait, whatever there is.</param>
    public bool Enter(long bytes, bool atOnce = false)
    {
        lock (_lock)
        {
            while (!_closed && !atOnce && IsFullFor(bytes))
            {
                Wait(Timeout.InfiniteTimeSpan);
            }

            if (_closed)
            {
                return false;
            }

            Take(bytes);
            return true;
        }
    }

    /// <summary>Gives room back.</summary>
    public void Exit(long bytes)
    {
        lock (_lock)
        {
            Bytes -= bytes;
            Requests--;
            Invariant.Require(Bytes >= 0 && Requests >= 0);
            if (_waiting > 0)
            {
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Nothing more is let in; who waits is told.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until nothing is under way. False: something still is.</summary>
    public bool WaitUntilEmpty(TimeSpan timeout)
    {
        var until = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_lock)
        {
            while (Requests > 0)
            {
                var left = until - Environment.TickCount64;
                if (timeout != Timeout.InfiniteTimeSpan && left <= 0)
                {
                    return false;
                }

                Wait(timeout == Timeout.InfiniteTimeSpan ? timeout : TimeSpan.FromMilliseconds(left));
            }

            return true;
        }
    }

    private bool IsFullFor(long bytes) => Requests > 0 && (Bytes + bytes > maxBytes || Requests >= maxRequests);

    private void Take(long bytes)
    {
        Bytes += bytes;
        Requests++;
    }

    private void Wait(TimeSpan timeout)
    {
        _waiting++;
        Monitor.Wait(_lock, timeout);
        _waiting--;
    }
}
