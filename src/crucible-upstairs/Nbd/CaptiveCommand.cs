using System.Diagnostics;

namespace Crucible.Upstairs.Program;

/// <summary>The command of <c>--run</c>: it runs while the server serves, and the server serves while it runs.</summary>
internal static class CaptiveCommand
{
    /// <summary>How long it has to end once it was asked to.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Runs it to its end.</summary>
    /// <param name="command">For the shell.</param>
    /// <param name="variables">What it finds in its environment.</param>
    /// <param name="stop">Asks it to end, and ends it where it does not.</param>
    /// <returns>Its status; 128 and the signal's number where a signal ended it.</returns>
    public static async Task<int> RunAsync(string command, IReadOnlyDictionary<string, string> variables, CancellationToken stop)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]);
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var guard = CommandGuard.Start(start);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync(process);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        return process.ExitCode;
    }

    private static async Task EndAsync(Process process)
    {
        LinuxCalls.AskToEnd(process.Id);
        try
        {
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Grace, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
