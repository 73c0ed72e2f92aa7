using System.Diagnostics;
using Crucible.Hosting;

namespace Crucible.Dsc.Processes;

/// <summary>
/// A process of ours whose output we read line by line. Its standard input is a pipe that we hold open and never write to:
/// it ends when we close it or are gone, however we went, and the program then stops in order (see <see cref="Lifeline"/>).
/// </summary>
/// <remarks>No SIGTERM: at Ctrl-C the terminal has sent the process one signal already, and a second ends it undrained.</remarks>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long a process may drain after its lifeline's end: more than twice what a downstairs promises.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How long its last lines may take after its end; only a process it left behind could hold them open.</summary>
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task<int> _exited;
    private bool _disposed;

    private ChildProcess(Process process, Action<string> onLine)
    {
        _process = process;
        Id = process.Id;
        _output = Task.WhenAll(PumpAsync(process.StandardOutput, onLine), PumpAsync(process.StandardError, onLine));
        _exited = WaitAsync();
    }

    /// <summary>The process's id.</summary>
    public int Id { get; }

    /// <summary>Its exit code, once it has ended and its output was read; 128 and the signal's number if one ended it.</summary>
    public Task<int> Exited => _exited;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="onLine">Takes each line of its output and errors, from any thread, one at a time of each stream.</param>
    /// <exception cref="DscException">It could not be started.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, Action<string> onLine)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Lifeline.Announce(start);
        try
        {
            return new ChildProcess(Process.Start(start)!, onLine);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DscException($"cannot start {program}: {e.Message}");
        }
    }

    /// <summary>
    /// Lets the process stop in order, and ends it where it does not within five seconds. Returns when it has ended; may be
    /// called again.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _process.StandardInput.Close();
        try
        {
            await _exited.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await _exited;
        }

        _process.Dispose();
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            onLine(line);
        }
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        try
        {
            await _output.WaitAsync(LastLines);
        }
        catch (TimeoutException)
        {
            // Whoever still holds the pipe is not ours to wait for; disposing the process closes our end.
        }

        return _process.ExitCode;
    }
}
