using System.CommandLine;
using System.Globalization;
using Crucible.Hosting;
using Spectre.Console;

namespace Crucible.Upstairs.Program;

/// <summary><c>info</c>: what the volume is and how its replicas are. Disturbs nobody: it only reads.</summary>
internal static class InfoCommand
{
    public static Command Build(CommonArguments common)
    {
        var control = ControlOption.Create("Ask a running crucible-upstairs or crucible-downstairs that serves --control there, instead of the downstairs.");
        var command = new Command(
            "info",
            """
            Shows the volume, its geometry and its replicas; an upstairs that writes goes on undisturbed. With --control it shows
            what a running program tells of itself: states with their causes, repair, scrub, history.
              crucible-upstairs info --control http://127.0.0.1:9001
            """)
        { control, common.Json };
        command.SetAction((parse, stop) => parse.GetValue(control) is { } address
            ? RunningInfo.RunAsync(address, parse.GetValue(common.Json), stop)
            : RunAsync(common, parse, stop));
        return command;
    }

    private static Task<int> RunAsync(CommonArguments common, ParseResult parse, CancellationToken stop) =>
        VolumeSession.RunAsync(
            common.Bind(parse) with { ReadOnly = true },
            session =>
            {
                var report = InfoReport.Of(session.Volume);
                if (session.Options.Json)
                {
                    JsonOutput.WriteLine(report);
                }
                else
                {
                    Print(report);
                }

                return Task.FromResult(ExitCode.Success);
            },
            stop);

    private static void Print(InfoReport report)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            volume      {report.Volume?.ToString() ?? "none yet: it gets its id at the first activation"}
            state       {report.State}
            generation  {report.Generation} (the highest promised)
            size        {ByteSize.Format(report.SizeBytes)} ({report.SizeBytes} bytes)
            geometry    {report.ExtentCount} extents of {report.ExtentSizeBlocks} blocks of {report.BlockSizeBytes} bytes
            encrypted   {(report.Encrypted ? "yes" : "no")}

            """));
        var table = new Table().Border(TableBorder.Minimal);
        table.AddColumns("replica", "address", "state", "promised", "region", "why");
        foreach (var replica in report.Replicas)
        {
            table.AddRow(
                replica.Index.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(replica.Address),
                replica.State.ToString(),
                replica.Promised?.ToString(CultureInfo.InvariantCulture) ?? "-",
                replica.Region?.ToString() ?? "-",
                Markup.Escape(replica.Cause));
        }

        AnsiConsole.Write(table);
    }
}
