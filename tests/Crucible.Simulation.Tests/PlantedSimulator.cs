using System.Diagnostics;
using System.Text.Json;

namespace Crucible.Simulation.Tests;

/// <summary>
/// The simulator with planted bugs, a build of its own, run once: it looks for each bug where it is known to be found. Where
/// nobody says where that build lies it is built first, so that it is never an older one.
/// </summary>
public sealed class PlantedSimulator : IAsyncLifetime
{
    /// <summary>Path of the built program, from whoever has just built it.</summary>
    private const string PathVariable = "CRUCIBLE_PLANTED_SIMULATOR";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, JsonElement> _finds = [];

    /// <summary>How the search for a bug went.</summary>
    public JsonElement this[string bug] => _finds[bug];

    public async Task InitializeAsync()
    {
        var program = Environment.GetEnvironmentVariable(PathVariable) ?? await BuildAsync();
        var (_, output) = await RunAsync(program, "--planted", "known", "--json");
        using var document = JsonDocument.Parse(output);
        foreach (var find in document.RootElement.EnumerateArray())
        {
            _finds.Add(find.GetProperty("bug").GetString()!, find.Clone());
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static async Task<string> BuildAsync()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Crucible.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("the tests lie outside of the repository");
        }

        var (code, output) = await RunAsync(
            "build", Path.Combine(root, "tests/Crucible.Simulation"), "-c", "Release", "-p:PlantedBugs=true", "-v:quiet", "-nologo");
        Assert.True(code == 0, output);
        return Path.Combine(root, "artifacts/planted/bin/Crucible.Simulation/release/Crucible.Simulation.dll");
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };

        // A build process that stays behind would hold our output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, output);
    }
}
