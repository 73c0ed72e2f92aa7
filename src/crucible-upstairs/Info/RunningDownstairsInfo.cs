using System.Globalization;
using Crucible.Hosting;
using Spectre.Console;

namespace Crucible.Upstairs.Program;

/// <summary>What a running downstairs tells of itself, for a person.</summary>
internal static class RunningDownstairsInfo
{
    public static void Print(DownstairsInfo info)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            region      {info.Region}
            volume      {info.Volume?.ToString() ?? "none yet: it gets its id at the first activation"}
            state       {info.State}{(info.ReadOnly ? ", read only" : "")}{(info.Repairing ? ", under repair" : "")}{(info.Cause is null ? "" : $": {info.Cause}")}
            address     {info.Address}
            data        {info.Data}
            size        {RunningInfo.SizeOf(info.SizeBytes)}
            geometry    {info.ExtentCount} extents of {info.ExtentSizeBlocks} blocks of {info.BlockSizeBytes} bytes
            encrypted   {(info.Encrypted ? "yes" : "no")}
            generation  {info.Promised} promised, in sync in {info.InSync}
            position    job {info.Position.Job} of generation {info.Position.Generation}
            journal     {ByteSize.Format((long)info.Journal.UsedBytes)} of {ByteSize.Format((long)info.Journal.SizeBytes)} used
            damage      {(info.DamagedExtents == 0 ? "none known" : $"in {info.DamagedExtents} extents")}
            """));
        if (info.Scrub is { } scrub)
        {
            Console.WriteLine($"scrub       {ProgressText.Of(scrub)}");
        }

        Console.WriteLine();
        var table = new Table().Border(TableBorder.Minimal);
        table.AddColumns("connection", "peer", "state", "for", "generation", "session");
        foreach (var connection in info.Connections)
        {
            table.AddRow(
                connection.Id.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(connection.Peer),
                Markup.Escape(connection.State),
                RunningInfo.Ago(connection.Since),
                connection.Generation.ToString(CultureInfo.InvariantCulture),
                connection.Session?.ToString() ?? "-");
        }

        AnsiConsole.Write(table);
    }
}
