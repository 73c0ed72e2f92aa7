using Crucible.Hosting;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The scrub that somebody asked for over HTTP: it goes on after the answer, and ends with the command.</summary>
internal sealed class BackgroundScrub(ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins one; done when it has begun.</summary>
    /// <exception cref="ControlException">One is under way, or none can begin now.</exception>
    public async Task BeginAsync(Volume volume)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_running.IsCompleted)
            {
                throw new ControlException(ControlAnswer.Conflict, "a scrub is under way; GET /scrub tells how far it is");
            }

            _running = RunAsync(volume, begun);
        }

        await begun.Task;
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

    private async Task RunAsync(Volume volume, TaskCompletionSource begun)
    {
        try
        {
            var report = await volume.ScrubAsync(new ScrubOptions(), new FirstReport(begun), _stop.Token);
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

    private sealed class FirstReport(TaskCompletionSource begun) : IProgress<ScrubProgress>
    {
        public void Report(ScrubProgress value) => begun.TrySetResult();
    }
}
