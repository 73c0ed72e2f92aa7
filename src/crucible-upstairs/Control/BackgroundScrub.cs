using Crucible.Hosting;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The scrub that somebody asked for over HTTP: it goes on after the answer, and ends with the command.</summary>
internal sealed class BackgroundScrub(ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private (int Number, long BytesPerSecond) _last;

    /// <summary>Begins one; done when it has begun.</summary>
    /// <param name="volume">Of what.</param>
    /// <param name="bytesPerSecond">Most bytes looked at a second; 0: as the guest leaves room.</param>
    /// <exception cref="ControlException">One is under way, or none can begin now.</exception>
    public async Task BeginAsync(Volume volume, long bytesPerSecond)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_running.IsCompleted)
            {
                throw new ControlException(ControlAnswer.Conflict, "a scrub is under way; GET /scrub tells how far it is");
            }

            _running = RunAsync(volume, bytesPerSecond, begun);
        }

        await begun.Task;
    }

    /// <summary>The rate that was asked for with a scrub; null where that is none of ours, or none was.</summary>
    public long? RateOf(int number)
    {
        lock (_lock)
        {
            return _last.Number == number && _last.BytesPerSecond > 0 ? _last.BytesPerSecond : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task running;
        lock (_lock)
        {
            running = _running;
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void Note(int number, long bytesPerSecond)
    {
        lock (_lock)
        {
            _last = (number, bytesPerSecond);
        }
    }

    private async Task RunAsync(Volume volume, long bytesPerSecond, TaskCompletionSource begun)
    {
        try
        {
            var report = await volume.ScrubAsync(
                new ScrubOptions { BytesPerSecond = bytesPerSecond },
                new FirstReport(begun, number => Note(number, bytesPerSecond)),
                _stop.Token);
            if (report.BadBlocks > 0)
            {
                logger.ScrubFoundLost(report.BadBlocks);
            }
        }
        catch (VolumeException e)
        {
            if (!begun.TrySetException(new ControlException(ControlAnswer.Conflict, e.Message)))
            {
                logger.ScrubFailed(e.Message);
            }
        }
        catch (OperationCanceledException)
        {
            begun.TrySetCanceled();
        }
    }

    private sealed class FirstReport(TaskCompletionSource begun, Action<int> note) : IProgress<ScrubProgress>
    {
        public void Report(ScrubProgress value)
        {
            if (!begun.Task.IsCompleted)
            {
                note(value.Number);
                begun.TrySetResult();
            }
        }
    }
}
