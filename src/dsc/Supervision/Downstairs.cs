using System.Net;
using Crucible.Dsc.Output;
using Crucible.Dsc.Processes;

namespace Crucible.Dsc.Supervision;

/// <summary>
/// One downstairs process after another on the same region and port: started, watched, started again when it dies. Used by
/// one caller at a time.
/// </summary>
internal sealed class Downstairs(DownstairsLaunch launch, LineOutput output, RestartBackoff backoff, TimeProvider time)
    : IAsyncDisposable
{
    /// <summary>How long a downstairs may take until it listens: opening reads its journal, which is bounded.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private ChildProcess? _process;
    private IPEndPoint? _listening;
    private long _started;

    /// <summary>How it was asked to run.</summary>
    public DownstairsLaunch Launch => launch;

    /// <summary>Where it listens. Known once it was started.</summary>
    public IPEndPoint EndPoint => _listening ?? throw new InvalidOperationException("not started yet");

    /// <summary>The id of the process that runs now. Known once it was started.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("not started yet");

    /// <summary>Starts it; returns when it listens.</summary>
    /// <exception cref="DscException">It ended first, or never came to listen.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var listening = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        _started = time.GetTimestamp();
        _process = ChildProcess.Start(launch.Program, ArgumentsNow(), line =>
        {
            output.Line(launch.Name, launch.Index, line);
            if (!listening.Task.IsCompleted && ListeningLine.Parse(line) is { } endPoint)
            {
                listening.TrySetResult(endPoint);
            }
        });

        Task first;
        try
        {
            first = await Task.WhenAny(listening.Task, _process.Exited).WaitAsync(StartLimit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new DscException($"downstairs {launch.Name} did not listen within {StartLimit.TotalSeconds:0} s");
        }

        if (first != listening.Task && !listening.Task.IsCompleted)
        {
            throw new DscException($"downstairs {launch.Name} ended before it listened, with exit code {await _process.Exited}");
        }

        _listening = await listening.Task;
    }

    /// <summary>Starts it again whenever it ends, and says so. Returns only by cancellation.</summary>
    /// <exception cref="OperationCanceledException">Always, in the end: by <paramref name="cancellationToken"/>.</exception>
    public async Task KeepRunningAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var code = await _process!.Exited.WaitAsync(cancellationToken);
            var wait = backoff.AfterExit(time.GetElapsedTime(_started));
            await StopAsync();
            output.Say($"downstairs {launch.Name} ended with exit code {code}; it is started again in {wait.TotalSeconds:0.##} s");
            await Task.Delay(wait, time, cancellationToken);
            try
            {
                await StartAsync(cancellationToken);
                output.Say($"downstairs {launch.Name} runs again");
            }
            catch (DscException)
            {
                // Its own lines have said why; the next turn says what becomes of it. One that never listened may still run.
                await StopAsync();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(StopAsync());

    /// <summary>Those that follow the first take its port, for upstairs look for it there.</summary>
    private IEnumerable<string> ArgumentsNow() =>
        (_listening is { } known ? launch with { Port = known.Port } : launch).Arguments;

    private async Task StopAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }
    }
}
