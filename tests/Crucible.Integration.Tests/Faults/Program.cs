using System.Globalization;
using Crucible.Integration.Tests.Faults.Crashes;
using Crucible.Integration.Tests.Faults.Kinds;
using Crucible.Integration.Tests.Faults.Matrix;
using Crucible.Integration.Tests.Faults.Repair;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults;

/// <summary>
/// The long runs behind the tests of this folder, as a program (scripts/faults), and the guests that tests start as processes
/// of their own. It ends with 0, or with 1 and what was broken.
/// </summary>
internal static class Program
{
    private const string Usage =
        "usage: scripts/faults matrix [--rounds N] [--seconds N] [--memory] [--only FAULT] | crash [--times N] [--seed N] | repair [--gib N] [--data-mib N] [--depth N]";

    private const int Gib = 10;
    private const int DataMib = 1024;
    private const int GuestDepth = 32;

    private static readonly Dictionary<string, string[]> FaultNames = new() { ["--only"] = [.. ReplicaFaults.All.Select(f => f.Name)] };

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            Tell(Usage);
            return 0;
        }

        var options = arguments.Length == 0 ? [] : arguments[1..];
        var command = arguments.FirstOrDefault();
        var problem = command switch
        {
            "matrix" => CommandLine.Problem(options, ["--rounds", "--seconds"], FaultNames, ["--memory"]),
            "crash" => CommandLine.Problem(options, ["--times", "--seed"]),
            "repair" => CommandLine.Problem(options, ["--gib", "--data-mib", "--depth"]) ?? TooMuchData(options),
            "ordered" or "verified" => null,
            null => "a command is missing",
            _ => $"no such command: {command}",
        };
        if (problem is not null)
        {
            await Console.Error.WriteLineAsync($"faults: {problem}");
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        return command switch
        {
            "matrix" => await MatrixAsync(
                CommandLine.Number(options, "--rounds", 10), CommandLine.Number(options, "--seconds", 10), options.Contains("--memory"), CommandLine.Text(options, "--only")),
            "crash" => await CrashAsync(CommandLine.Number(options, "--times", 200), CommandLine.Number(options, "--seed", (Environment.TickCount & 0xffff) + 1)),
            "repair" => await RepairAsync(CommandLine.Number(options, "--gib", Gib), CommandLine.Number(options, "--data-mib", DataMib), CommandLine.Number(options, "--depth", GuestDepth)),
            _ => await GuestProcess.RunAsync(arguments),
        };
    }

    private static string? TooMuchData(string[] options) =>
        CommandLine.Number(options, "--data-mib", DataMib) > 1024L * CommandLine.Number(options, "--gib", Gib)
            ? "--data-mib is more than the volume of --gib holds"
            : null;

    private static async Task<int> MatrixAsync(int rounds, int seconds, bool memory, string? only)
    {
        var run = new MatrixRun(rounds, TimeSpan.FromSeconds(seconds), memory, Console.Error.WriteLine);
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

    private static async Task<int> CrashAsync(int times, int seed)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        await using var run = await CrashRun.StartAsync(seed, Console.Error.WriteLine);
        for (var i = 0; i < times; i++)
        {
            await run.CrashAsync(i % 2 == 0 ? AckMode.Fast : AckMode.Quorum);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Crashes} crashes: nothing flushed was lost, every state a prefix that stayed; {run.LostUnflushed} unflushed changes were lost"));
        return 0;
    }

    private static async Task<int> RepairAsync(int gib, int dataMib, int depth)
    {
        await using var figures = new RepairFigures(new Geometry(4096, 16384, 16 * (uint)gib), (long)dataMib << 20, TimeSpan.FromSeconds(10));
        var written = await figures.FillAsync();
        Tell($"sequential write of {dataMib} MiB: {written / (1 << 20):0} MiB/s, the last flush included");
        var changed = await figures.RepairOneMegabyteAsync();
        Tell($"1 MiB changed in {gib} GiB: {changed.CopiedBytes / 1024.0 / 1024:0.00} MiB copied, {changed.MovedBytes / 1024.0 / 1024:0.0} MiB moved "
            + $"(contexts of a replica: {changed.ContextBytes / 1024.0 / 1024:0.0} MiB), {changed.Took.TotalSeconds:0.0} s");
        var wiped = await figures.RepairWipedAsync(depth);
        var whole = dataMib * (double)(1 << 20) / wiped.Took.TotalSeconds;
        Tell($"wiped replica: {dataMib} MiB whole again in {wiped.Took.TotalSeconds:0.0} s, {whole / (1 << 20):0} MiB/s, {whole / written:0.00} of the "
            + $"sequential write rate ({wiped.CopiedBytes >> 20} MiB of it copied, {wiped.BytesPerSecond / (1 << 20):0} MiB/s; the guest wrote the rest)");
        Tell($"guest at depth {depth}: p99 {wiped.UsualP99.TotalMicroseconds:0} us before, {wiped.RepairP99.TotalMicroseconds:0} us during repair, "
            + $"{wiped.RepairP99 / wiped.UsualP99:0.00} times; median {wiped.UsualMedian.TotalMicroseconds:0} and {wiped.RepairMedian.TotalMicroseconds:0} us");
        return whole >= written / 2 && wiped.RepairP99 < 2 * wiped.UsualP99 ? 0 : 1;
    }

    private static void Tell(string line) => Console.WriteLine(line);
}
