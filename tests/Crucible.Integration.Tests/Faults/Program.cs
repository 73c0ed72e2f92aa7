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
    public static async Task<int> Main(string[] arguments)
    {
        switch (arguments.FirstOrDefault())
        {
            case "matrix":
                return await MatrixAsync(CommandLine.Number(arguments, "--rounds", 10), CommandLine.Number(arguments, "--seconds", 10), arguments.Contains("--memory"), CommandLine.Text(arguments, "--only"));
            case "crash":
                return await CrashAsync(CommandLine.Number(arguments, "--times", 200), CommandLine.Number(arguments, "--seed", Environment.TickCount & 0xffff));
            case "repair":
                return await RepairAsync(CommandLine.Number(arguments, "--gib", 10), CommandLine.Number(arguments, "--data-mib", 1024));
            case "ordered" or "verified":
                return await GuestProcess.RunAsync(arguments);
            default:
                await Console.Error.WriteLineAsync("usage: scripts/faults matrix [--rounds N] [--seconds N] [--memory] [--only FAULT] | crash [--times N] [--seed N] | repair [--gib N] [--data-mib N]");
                return 2;
        }
    }

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

    private static async Task<int> RepairAsync(int gib, int dataMib)
    {
        await using var figures = new RepairFigures(new Geometry(4096, 16384, 16 * (uint)gib), (long)dataMib << 20, TimeSpan.FromSeconds(10));
        var written = await figures.FillAsync();
        Tell($"sequential write of {dataMib} MiB: {written / (1 << 20):0} MiB/s, the last flush included");
        var changed = await figures.RepairOneMegabyteAsync();
        Tell($"1 MiB changed in {gib} GiB: {changed.CopiedBytes / 1024.0 / 1024:0.00} MiB copied, {changed.MovedBytes / 1024.0 / 1024:0.0} MiB moved "
            + $"(contexts of a replica: {changed.ContextBytes / 1024.0 / 1024:0.0} MiB), {changed.Took.TotalSeconds:0.0} s");
        var wiped = await figures.RepairWipedAsync();
        Tell($"wiped replica: {wiped.CopiedBytes >> 20} MiB in {wiped.Took.TotalSeconds:0.0} s, {wiped.BytesPerSecond / (1 << 20):0} MiB/s, "
            + $"{wiped.BytesPerSecond / written:0.00} of the sequential write rate");
        Tell($"guest at depth 1: p99 {wiped.UsualP99.TotalMicroseconds:0} us before, {wiped.RepairP99.TotalMicroseconds:0} us during repair, "
            + $"{wiped.RepairP99 / wiped.UsualP99:0.00} times; median {wiped.UsualMedian.TotalMicroseconds:0} and {wiped.RepairMedian.TotalMicroseconds:0} us");
        return wiped.BytesPerSecond >= written / 2 && wiped.RepairP99 < 2 * wiped.UsualP99 ? 0 : 1;
    }

    private static void Tell(string line) => Console.WriteLine(line);
}
