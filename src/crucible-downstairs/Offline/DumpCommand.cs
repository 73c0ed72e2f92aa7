using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary><c>dump</c>: shows one region, or compares up to three.</summary>
internal static class DumpCommand
{
    public static Command Build(LoggingArguments logging)
    {
        var data = new Option<string[]>("--data", "-d")
        {
            AllowMultipleArgumentsPerToken = false,
            Description = "A region's directory; up to three are compared.",
            HelpName = "DIR",
            Required = true,
        };
        var extent = new Option<uint?>("--extent", "-e") { Description = "Only this extent, block by block.", HelpName = "EXTENT" };
        var block = new Option<ulong?>("--block", "-b") { Description = "Only this block of the region.", HelpName = "BLOCK" };
        var only = new Option<bool>("--only-differing", "-o") { Description = "Leave out what is alike." };
        var json = CommonOptions.Json();
        var command = new Command(
            "dump",
            "Shows generation, flush number, dirty and block contexts, and compares up to three regions; exits with 3 where they differ.")
        {
            data, extent, block, only, json,
        };
        command.SetAction((parse, stop) =>
        {
            using var regions = new OfflineRegions(parse.GetRequiredValue(data));
            var selection = new DumpSelection(parse.GetValue(extent), parse.GetValue(block), parse.GetValue(only));
            var quiet = parse.GetValue(json) || logging.Bind(parse, toStandardError: true).Quiet;
            var definition = regions.All[0].Definition;
            DumpReport report;
            using (var progress = new ProgressLine("compare", (long)definition.TotalBytes, !quiet))
            {
                report = Dump.Make(regions, selection, (done, _) => progress.Report((long)(done * definition.ExtentSizeBytes)), stop);
            }

            if (parse.GetValue(json))
            {
                JsonOutput.WriteLine(report);
            }
            else
            {
                DumpText.Write(Console.Out, report);
            }

            return Task.FromResult(report.Alike ? ExitCode.Success : ExitCode.Differs);
        });
        return command;
    }
}
