using System.Diagnostics;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>
/// One thread that moves blocks from the journal to the extents: when the journal is half full, and when nothing has been
/// written for a while. Whoever finds the journal full waits for it.
/// </summary>
internal sealed class Applier : IDisposable
{
    private readonly Region _region;
    private readonly TimeSpan _idle;
    private readonly Thread _thread;
    private readonly object _room = new();
    private readonly AutoResetEvent _wake = new(false);
    private long _lastAppend;
    private ulong _passes;
    private ErrorCode _result;
    private volatile bool _stopping;

    public Applier(Region region, TimeSpan idle)
    {
        _region = region;
        _idle = idle;
        _thread = new Thread(Run) { IsBackground = true, Name = "applier" };
    }

    public void Start() => _thread.Start();

    /// <summary>Something was appended.</summary>
    public void OnAppended()
    {
        Volatile.Write(ref _lastAppend, Stopwatch.GetTimestamp());
        if (_region.NeedsApply)
        {
            _wake.Set();
        }
    }

    /// <summary>
    /// Blocks until a pass has ended well, however slow the disk is; where it lacks space, no longer than
    /// <see cref="EngineLimits.RoomTimeout"/>.
    /// </summary>
    /// <returns>Why there is no room nevertheless, or none.</returns>
    public ErrorCode WaitForRoom()
    {
        var began = Stopwatch.GetTimestamp();
        lock (_room)
        {
            while (!_stopping)
            {
                // A pass under way may have begun before the journal was full: whoever asks finds that out and asks again.
                var wanted = _passes + 1;
                while (_passes < wanted && !_stopping)
                {
                    _wake.Set();
                    Monitor.Wait(_room);
                }

                if (_result != ErrorCode.NoSpace || Stopwatch.GetElapsedTime(began) >= EngineLimits.RoomTimeout)
                {
                    return _stopping ? ErrorCode.Closed : _result;
                }

                Monitor.Wait(_room, EngineLimits.RoomRetryInterval);
            }

            return ErrorCode.Closed;
        }
    }

    /// <summary>Ends the thread after the pass under way, or leaves it to the end of the process.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool Stop(TimeSpan timeout)
    {
        _stopping = true;
        _wake.Set();
        lock (_room)
        {
            Monitor.PulseAll(_room);
        }

        return !_thread.IsAlive || _thread.Join(timeout);
    }

    public void Dispose() => _wake.Dispose();

    private void Run()
    {
        while (!_stopping)
        {
            var woken = _wake.WaitOne(_idle);
            if (_stopping)
            {
                return;
            }

            // Where the disk was full it is tried again at every turn: nobody else may be left to ask.
            if (woken || _result == ErrorCode.NoSpace || _region.NeedsApply || (_region.JournalBytesUsed > 0 && IsIdle))
            {
                Pass();
            }
        }
    }

    private bool IsIdle => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastAppend)) >= _idle;

    private void Pass()
    {
        // Where it fails for want of space nothing is lost: it stays in the journal, and only what needs room fails.
        var result = _region.Apply(force: true);
        lock (_room)
        {
            _passes++;
            _result = result;
            Monitor.PulseAll(_room);
        }
    }
}
