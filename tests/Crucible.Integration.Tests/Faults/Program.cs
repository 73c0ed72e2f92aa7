using System.Globalization;
using Crucible.Integration.Tests.Faults.Kinds;
using Crucible.Integration.Tests.Faults.Matrix;

namespace Crucible.Integration.Tests.Faults;

/// <summary>
/// The long runs behind the tests of this folder, as a program (scripts/faults), and the guests that tests start as processes
/// of their own. It ends with 0, or with 1 and what was broken.
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        switch (arguments.FirstOrDefault())
        {
            case "matrix":
                return await MatrixAsync(Number(arguments, "--rounds", 10), Number(arguments, "--seconds", 10), Text(arguments, "--only"));
            default:
                await Console.Error.WriteLineAsync("usage: scripts/faults matrix [--rounds N] [--seconds N] [--only FAULT]");
                return 2;
        }
    }

    private static async Task<int> MatrixAsync(int rounds, int seconds, string? only)
    {
        var run = new MatrixRun(rounds, TimeSpan.FromSeconds(seconds), Console.Error.WriteLine);
        var rows = new List<FaultRow>();
        foreach (var home in ReplicaFaults.All.Where(f => only is null || f.Name == only).GroupBy(f => f.Home))
        {
            rows.AddRange(await run.RunAsync(home.Key, [.. home]));
        }

        Console.WriteLine("| fault | rounds | errors | worst pause | machine's stall | to healthy | copied |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in rows)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Rounds} | {row.Errors} | {row.WorstPause.TotalMilliseconds:0} ms | {row.WorstStall.TotalMilliseconds:0} ms "
                + $"| {row.TimeToHealthy.TotalSeconds:0.0} s | {row.CopiedBytes >> 10} KiB |"));
        }

        foreach (var violation in run.Violations)
        {
            Console.WriteLine($"too long: {violation}");
        }

        return run.Violations.Count == 0 ? 0 : 1;
    }

    private static int Number(string[] arguments, string name, int standard) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : standard;

    private static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 || at + 1 == arguments.Length ? null : arguments[at + 1];
    }
}
