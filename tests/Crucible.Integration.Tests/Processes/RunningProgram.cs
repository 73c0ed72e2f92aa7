using System.Diagnostics;
using System.Globalization;

namespace Crucible.Integration.Tests.Processes;

/// <summary>One of the built programs as a process of its own, started as a person would.</summary>
public sealed class RunningProgram : IDisposable
{
    /// <summary>Longer than anything that tests wait for, even on a machine that is busy with others.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly CapturedStream _output;
    private readonly CapturedStream _errors;

    private RunningProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        // Whoever runs tests in the background may have them ignore SIGINT, and children inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("CRUCIBLE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _output = new CapturedStream(_process.StandardOutput.BaseStream);
        _errors = new CapturedStream(_process.StandardError.BaseStream);
    }

    public int Id => _process.Id;

    /// <summary>Where a built program lies: artifacts/bin/(project)/(configuration)/, beside this assembly's folder.</summary>
    public static string PathOf(string program)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(own.Parent!.Parent!.FullName, program, own.Name, program);
    }

    /// <summary>Starts it and goes on.</summary>
    public static RunningProgram Start(string program, params string[] arguments) => new(PathOf(program), arguments, null);

    /// <summary>Starts a program of the system.</summary>
    public static RunningProgram StartTool(string tool, params string[] arguments) => new(tool, arguments, null);

    /// <summary>Runs it to its end.</summary>
    public static async Task<Finished> RunAsync(
        string program, IEnumerable<string> arguments, byte[]? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = new RunningProgram(PathOf(program), arguments, environment);
        return await process.FinishAsync(input);
    }

    /// <summary>Gives it its input, and waits for its end.</summary>
    public async Task<Finished> FinishAsync(byte[]? input = null)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(input ?? []);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it, which its exit code tells.
        }

        return await WaitForEndAsync();
    }

    /// <summary>Types a line on its standard input.</summary>
    public async Task TypeAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for its end and leaves its input open: it ends by itself or by a signal.</summary>
    public async Task<Finished> WaitForEndAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _output.Copying, _errors.Copying).WaitAsync(Patience);
        return new Finished(_process.ExitCode, _output.Bytes, _errors.Text);
    }

    /// <summary>Waits for a text on its standard output, and tells the rest of that line.</summary>
    public Task<string> WaitForAsync(string text) => _output.WaitForAsync(text, Patience);

    /// <summary>Waits until it has written so many bytes to its standard output, or ended it.</summary>
    public Task WaitForLengthAsync(int bytes) => _output.WaitForLengthAsync(bytes, Patience);

    /// <summary>Waits for a text on its standard error, and tells the rest of that line.</summary>
    public Task<string> WaitForErrorAsync(string text) => _errors.WaitForAsync(text, Patience);

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Sends a signal, such as INT or TERM.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, kill.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

/// <summary>How a program ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Bytes">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record Finished(int Code, byte[] Bytes, string Error)
{
    /// <summary>Its standard output as text.</summary>
    public string Output => System.Text.Encoding.UTF8.GetString(Bytes);

    /// <summary>The same, having checked the exit code.</summary>
    public Finished Expect(int code)
    {
        Assert.True(Code == code, $"exit code {Code} instead of {code}\n{Output}\n{Error}");
        return this;
    }
}
