using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs;

/// <summary>
/// Reads the whole region in the background and holds every block against its context: when asked to, and every so often. It
/// has a thread of its own, below the others in priority, and never reads faster than it was told.
/// </summary>
public sealed class RegionScrub : IDisposable
{
    /// <summary>Most findings that a report lists and the log tells one by one.</summary>
    public const int MaxFindings = 100;

    private readonly Region _region;
    private readonly ILogger _logger;
    private readonly long _bytesPerSecond;
    private readonly TimeSpan _interval;
    private readonly Thread _thread;
    private readonly CancellationTokenSource _stop = new();
    private readonly AutoResetEvent _wake = new(false);
    private volatile ScrubStatus? _status;
    private int _asked;

    /// <param name="region">Open; it must not be closed before <see cref="Stop"/> has returned true.</param>
    /// <param name="bytesPerSecond">Most bytes read a second, 1 or more.</param>
    /// <param name="interval">From the end of one scrub to the next; zero: only when asked to.</param>
    /// <param name="logger">Hears of damage, of beginnings and ends.</param>
    public RegionScrub(Region region, long bytesPerSecond, TimeSpan interval, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        _region = region;
        _logger = logger;
        _bytesPerSecond = bytesPerSecond;
        _interval = interval;
        _thread = new Thread(Run) { IsBackground = true, Name = "scrub", Priority = ThreadPriority.BelowNormal };
    }

    /// <summary>The scrub under way, or how the last one ended; null: none yet.</summary>
    public ScrubStatus? Status => _status;

    /// <summary>Makes it ready to be asked, and begins to count the interval.</summary>
    public void Start() => _thread.Start();

    /// <summary>Begins a scrub.</summary>
    /// <param name="bytesPerSecond">Most bytes that this one reads a second, 1 or more; null: as all others.</param>
    /// <returns>False: one is under way.</returns>
    public bool TryBegin(long? bytesPerSecond = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond ?? 1, 1, nameof(bytesPerSecond));
        if (Interlocked.CompareExchange(ref _asked, 1, 0) != 0)
        {
            return false;
        }

        // Seen from now on, also where the thread takes a moment.
        _status = Begin(bytesPerSecond ?? _bytesPerSecond);
        _wake.Set();
        return true;
    }

    /// <summary>Ends what is under way after the stretch that is being read.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool Stop(TimeSpan timeout)
    {
        _stop.Cancel();
        _wake.Set();
        return !_thread.IsAlive || _thread.Join(timeout);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            var wait = _interval > TimeSpan.Zero ? _interval : Timeout.InfiniteTimeSpan;
            if (!_wake.WaitOne(wait) && !TryBegin())
            {
                continue;
            }

            if (_stop.IsCancellationRequested)
            {
                return;
            }

            if (Volatile.Read(ref _asked) != 0)
            {
                Scrub();
                Volatile.Write(ref _asked, 0);
            }
        }
    }

    private ScrubStatus Begin(long bytesPerSecond) => new(
        ScrubState.Running, DateTimeOffset.UtcNow, null, 0, (long)_region.Definition.TotalBytes, bytesPerSecond, 0, []);

    private void Scrub()
    {
        var status = _status!;
        _logger.ScrubBegins(status.BytesPerSecond);
        var verifier = new RegionVerifier(_region);
        var pace = new ReadPace(status.BytesPerSecond);
        var told = 0;
        var end = ScrubState.Done;
        try
        {
            verifier.VerifyInSteps(
                (doneBlocks, bytes) =>
                {
                    if (_region.Faulted)
                    {
                        throw new OperationCanceledException();
                    }

                    told = Tell(verifier, told);
                    _status = status = Note(status, verifier, doneBlocks);
                    pace.Wait(bytes, _stop.Token);
                },
                _stop.Token);
        }
        catch (OperationCanceledException)
        {
            end = _region.Faulted ? ScrubState.Failed : ScrubState.Stopped;
        }

        Tell(verifier, told, isLast: true);
        _status = status with { State = end, Ended = DateTimeOffset.UtcNow };
        _logger.ScrubEnds(NameOf(end), status.CheckedBytes, status.BadBlocks);
    }

    private ScrubStatus Note(ScrubStatus status, RegionVerifier verifier, ulong doneBlocks) => status with
    {
        CheckedBytes = (long)(doneBlocks << _region.Definition.BlockShift),
        BadBlocks = (long)verifier.BadBlocks,
        Findings = verifier.BadBlocks == (ulong)status.BadBlocks ? status.Findings : [.. verifier.Findings.Take(MaxFindings)],
    };

    // A finding grows while its neighbours are found: it is told once another one follows it, or nothing more comes.
    private int Tell(RegionVerifier verifier, int told, bool isLast = false)
    {
        var until = Math.Min(verifier.Findings.Count - (isLast ? 0 : 1), MaxFindings);
        for (; told < until; told++)
        {
            var finding = verifier.Findings[told];
            _logger.ScrubFound(finding.BlockCount, finding.Start, finding.Extent, finding.Error);
        }

        return told;
    }

    private static string NameOf(ScrubState end) => end switch
    {
        ScrubState.Done => "has read everything",
        ScrubState.Failed => "has failed, for the region is faulted",
        _ => "was stopped",
    };
}
