using System.Diagnostics;

namespace Crucible.Downstairs.Tests;

/// <summary>The built executable, run as a person would.</summary>
internal sealed class DownstairsProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly object _lock = new();
    private readonly Task<string> _errors;

    private DownstairsProcess(string[] arguments)
    {
        var start = new ProcessStartInfo(Executable) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
    }

    public static string Executable { get; } = Find();

    public int Id => _process.Id;

    public string Output
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts it and goes on.</summary>
    public static DownstairsProcess Start(params string[] arguments) => new(arguments);

    /// <summary>Runs it to its end.</summary>
    public static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var process = new DownstairsProcess(arguments);
        return process.WaitForEnd();
    }

    /// <summary>Waits for a line that begins so, and tells the rest of it.</summary>
    public string WaitForLine(string beginning)
    {
        var until = Stopwatch.GetTimestamp() + (long)(Patience.TotalSeconds * Stopwatch.Frequency);
        lock (_lock)
        {
            while (true)
            {
                if (_lines.Find(l => l.StartsWith(beginning, StringComparison.Ordinal)) is { } line)
                {
                    return line[beginning.Length..];
                }

                Assert.True(Stopwatch.GetTimestamp() < until && !_process.HasExited, $"'{beginning}' did not come: {string.Join('\n', _lines)}");
                Monitor.Wait(_lock, TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    public (int Code, string Output, string Error) Stop()
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
        return WaitForEnd();
    }

    public (int Code, string Output, string Error) WaitForEnd()
    {
        Assert.True(_process.WaitForExit(Patience), "the process did not end");
        _process.WaitForExit();
#pragma warning disable VSTHRD002 // The process has ended: its output is complete.
        return (_process.ExitCode, Output, _errors.Result.Trim());
#pragma warning restore VSTHRD002
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_lock)
        {
            if (line is not null)
            {
                _lines.Add(line);
            }

            Monitor.PulseAll(_lock);
        }
    }

    // artifacts/bin/<project>/<configuration>/: the program lies beside this assembly's folder.
    private static string Find()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(own.Parent!.Parent!.FullName, "crucible-downstairs", own.Name, "crucible-downstairs");
    }
}
