using System.Diagnostics;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd;

/// <summary>A <c>crucible-upstairs nbd</c> that serves, and what clients find there.</summary>
internal sealed class NbdProcess : IDisposable
{
    private NbdProcess(RunningProgram program, string uri)
    {
        Program = program;
        Uri = uri;
    }

    public RunningProgram Program { get; }

    /// <summary>The first that it printed.</summary>
    public string Uri { get; }

    /// <summary>Starts it over three downstairs, and waits until it serves.</summary>
    public static async Task<NbdProcess> StartAsync(DownstairsTrio trio, params string[] arguments)
    {
        var program = trio.StartUpstairs(["nbd", .. arguments]);
        return new NbdProcess(program, await UriOfAsync(program));
    }

    /// <summary>The first URI that a program prints.</summary>
    public static async Task<string> UriOfAsync(RunningProgram program) => $"nbd{await program.WaitForAsync("nbd")}";

    /// <summary>What nbdinfo says of an export's size, in bytes.</summary>
    public static async Task<string> SizeAsync(string uri) => (await RunAsync("nbdinfo", "--size", uri)).Trim();

    /// <summary>Runs a client of the system to its end, which must be good.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(RequiresToolFactAttribute.FindTool(program) ?? program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(RunningProgram.Patience);
        await process.WaitForExitAsync().WaitAsync(RunningProgram.Patience);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {process.ExitCode} {await error}");
        return output;
    }

    /// <summary>A signal, and its end in order.</summary>
    public async Task<Finished> StopAsync(string signal = "TERM")
    {
        await Program.SignalAsync(signal);
        return (await Program.WaitForEndAsync()).Expect(0);
    }

    public void Dispose() => Program.Dispose();
}
