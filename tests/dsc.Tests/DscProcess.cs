using System.Diagnostics;

namespace Crucible.Dsc.Tests;

/// <summary>The real dsc program, as a process.</summary>
internal sealed class DscProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Task _output;

    private DscProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _output = Task.WhenAll(CopyAsync(_process.StandardOutput, Output), CopyAsync(_process.StandardError, Errors));
    }

    public Lines Output { get; } = new();

    public Lines Errors { get; } = new();

    public int Id => _process.Id;

    public static DscProcess Start(params string[] arguments) => Start(lifeline: false, arguments);

    /// <param name="lifeline">Whether its standard input is a lifeline, as for a child of dsc.</param>
    /// <param name="arguments">Its command line.</param>
    public static DscProcess Start(bool lifeline, params string[] arguments)
    {
        // Whoever runs tests in the background may have them ignore SIGINT, and children inherit that.
        var dsc = Path.Combine(AppContext.BaseDirectory, "dsc");
        var start = new ProcessStartInfo("env", ["--default-signal=INT", dsc, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (lifeline)
        {
            Crucible.Hosting.Lifeline.Announce(start);
        }

        return new DscProcess(start);
    }

    public void CloseInput() => _process.StandardInput.Close();

    public async Task<int> ExitCodeAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _output).WaitAsync(Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task CopyAsync(StreamReader reader, Lines lines)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }
    }
}
