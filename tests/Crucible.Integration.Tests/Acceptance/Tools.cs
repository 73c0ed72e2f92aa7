using System.Diagnostics;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>Programs of the system.</summary>
internal static class Tools
{
    /// <summary>Runs one to its end, which must be a success.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(RunningProgram.Patience);
        await process.WaitForExitAsync().WaitAsync(RunningProgram.Patience);
        Assert.True(process.ExitCode == 0, $"{program}: {error}{await output}");
    }
}
