using System.Collections.Concurrent;
using System.Diagnostics;
using Crucible.Hosting;

namespace Crucible.Integration.Tests.Readme;

/// <summary>A shell that runs one script. What it runs ends with it: its standard input is a lifeline.</summary>
internal sealed class Terminal : IAsyncDisposable
{
    /// <summary>The demo may have to build the programs first.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task _output;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Terminal(string script, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        Lifeline.Announce(start);
        _process = Process.Start(start)!;
        _output = Task.WhenAll(CopyAsync(_process.StandardOutput), CopyAsync(_process.StandardError));
    }

    /// <summary>Everything printed so far.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Waits until the daemon in it listens.</summary>
    public async Task ListeningAsync()
    {
        await Task.WhenAny(_listening.Task, _output).WaitAsync(Limit);
        Assert.True(_listening.Task.IsCompleted, Output);
    }

    /// <summary>Waits until the script has ended.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _output).WaitAsync(Limit);
        return _process.ExitCode;
    }

    /// <summary>Stops what runs in it.</summary>
    public Task<int> StopAsync()
    {
        _process.StandardInput.Close();
        return ExitCodeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task CopyAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            if (line.Contains("listening on", StringComparison.Ordinal) || line.StartsWith("nbd+unix://", StringComparison.Ordinal))
            {
                _listening.TrySetResult();
            }
        }
    }
}
