using System.Globalization;
using System.Text.Json;
using Crucible.Hosting;
using Spectre.Console;

namespace Crucible.Upstairs.Program;

/// <summary><c>info --control</c>: what a running upstairs or downstairs tells of itself, for a person.</summary>
internal static class RunningInfo
{
    /// <summary>Transitions shown; <c>--json</c> has all.</summary>
    private const int HistoryLines = 10;

    private const string NotKnown = "not known yet";

    /// <summary>Prints what answers at the address.</summary>
    /// <param name="address">The control address.</param>
    /// <param name="json">Pass the document on instead.</param>
    /// <param name="stop">Cancelled by SIGINT and SIGTERM.</param>
    public static async Task<int> RunAsync(Uri address, bool json, CancellationToken stop)
    {
        using var client = new ControlClient(address);
        var document = await client.GetAsync("/info", stop);
        if (json)
        {
            JsonOutput.WriteLine(document);
        }
        else if (RoleOf(document) == DownstairsInfo.RoleName)
        {
            RunningDownstairsInfo.Print(client.Read<DownstairsInfo>(document));
        }
        else
        {
            PrintAll(client.Read<UpstairsInfo>(document));
        }

        return ExitCode.Success;
    }

    /// <summary><c>512 MiB (536870912 bytes)</c>.</summary>
    internal static string SizeOf(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{ByteSize.Format(bytes)} ({bytes} bytes)");

    /// <summary><c>2m05s</c>: how long ago.</summary>
    internal static string Ago(DateTimeOffset time)
    {
        var passed = DateTimeOffset.UtcNow - time;
        return Duration.Format(TimeSpan.FromSeconds(Math.Max(0, Math.Floor(passed.TotalSeconds))));
    }

    private static string? RoleOf(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("role", out var role) ? role.GetString() : null;

    private static void PrintAll(UpstairsInfo info)
    {
        if (info.Volumes is not { } volumes)
        {
            Print(info);
            return;
        }

        foreach (var volume in volumes)
        {
            Console.WriteLine($"export      '{volume.Export}'");
            Print(volume);
            Console.WriteLine();
        }
    }

    private static void Print(UpstairsInfo info)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            volume      {info.Volume?.ToString() ?? NotKnown}
            state       {info.State}{(info.Cause.Length > 0 ? $": {info.Cause}" : "")}
            generation  {info.Generation?.ToString(CultureInfo.InvariantCulture) ?? NotKnown}
            size        {(info.SizeBytes is { } bytes ? SizeOf(bytes) : NotKnown)}
            geometry    {GeometryOf(info)}
            encrypted   {info.Encrypted switch { true => "yes", false => "no", null => NotKnown }}
            jobs        {info.Jobs}, holding {ByteSize.Format(info.HeldBytes)}
            healed      {info.HealedBlocks} blocks

            """));
        PrintReplicas(info.Replicas);
        if (info.Repair is { } repair)
        {
            Console.WriteLine($"repair      {ProgressText.Of(repair)}");
        }

        if (info.Scrub is { } scrub)
        {
            Console.WriteLine($"scrub       {ProgressText.Of(scrub)}");
        }

        PrintHistory(info.History);
    }

    private static string GeometryOf(UpstairsInfo info) => info.ExtentCount is null
        ? NotKnown
        : string.Create(CultureInfo.InvariantCulture, $"{info.ExtentCount} extents of {info.ExtentSizeBlocks} blocks of {info.BlockSizeBytes} bytes");

    private static void PrintReplicas(IReadOnlyList<ReplicaInfo> replicas)
    {
        var table = new Table().Border(TableBorder.Minimal);
        table.AddColumns("replica", "address", "state", "for", "outstanding", "bad reads", "why");
        table.Columns[1].NoWrap();
        foreach (var replica in replicas)
        {
            table.AddRow(
                replica.Id.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(replica.Address),
                Markup.Escape(replica.State),
                Ago(replica.Since),
                Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{replica.OutstandingJobs} jobs, {ByteSize.Format(replica.OutstandingBytes)}")),
                replica.BadReads.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(replica.Cause));
        }

        AnsiConsole.Write(table);
    }

    private static void PrintHistory(IReadOnlyList<TransitionInfo> history)
    {
        Console.WriteLine(history.Count > HistoryLines
            ? string.Create(CultureInfo.InvariantCulture, $"history     the last {HistoryLines} of {history.Count}; --json has all")
            : "history");
        foreach (var transition in history.TakeLast(HistoryLines))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {transition.Time:yyyy-MM-dd HH:mm:ss.fff}Z  replica {transition.Replica}  {transition.From} -> {transition.To}: {transition.Cause}"));
        }
    }
}
