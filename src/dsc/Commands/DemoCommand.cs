using System.CommandLine;
using Crucible.Dsc.Demo;
using Crucible.Dsc.Output;
using Crucible.Dsc.Processes;
using Crucible.Hosting;

namespace Crucible.Dsc.Commands;

/// <summary><c>dsc demo</c>.</summary>
internal static class DemoCommand
{
    private const int FirstPort = 3801;

    private static readonly Option<string> Folder = new("--dir")
    {
        Description = "The folder of the three regions, each named by its port; made where they are absent",
        HelpName = "DIR",
        DefaultValueFactory = _ => "var",
    };

    private static readonly Option<bool> Keep = new("--keep")
    {
        Description = "Leave the three downstairs running until Ctrl-C",
    };

    private static readonly Option<bool> AnyPort = new("--any-port")
    {
        Description = "Take a free port in place of one that is taken",
    };

    private static readonly Option<bool> Json = new("--json")
    {
        Description = "Print a report to standard output at the end; all else goes to standard error",
    };

    private static readonly Option<int> PortBase = CommonOptions.PortBase(FirstPort);

    private static readonly Option<string?> DownstairsProgram = CommonOptions.DownstairsProgram();

    private static readonly Option<string?> UpstairsProgram = new("--us-bin")
    {
        Description = "The crucible-upstairs to run, instead of the one that belongs to this dsc",
        HelpName = "PATH",
    };

    public static Command Create()
    {
        var command = new Command("demo", "Start three downstairs and write, flush and read a volume through them.")
        {
            Folder, Keep, AnyPort, Json, PortBase, DownstairsProgram, UpstairsProgram,
        };
        command.SetAction((parse, cancellationToken) => RunAsync(Bind(parse), parse.GetValue(Json), cancellationToken));
        return command;
    }

    private static DemoOptions Bind(ParseResult parse)
    {
        var programs = SiblingPrograms.OfThisProcess();
        return new DemoOptions
        {
            Folder = parse.GetRequiredValue(Folder),
            Ports = CommonOptions.Ports(parse.GetRequiredValue(PortBase), step: 1),
            AnyPort = parse.GetValue(AnyPort),
            Keep = parse.GetValue(Keep),
            Downstairs = programs.Find(SiblingPrograms.Downstairs, parse.GetValue(DownstairsProgram)),
            Upstairs = programs.Find(SiblingPrograms.Upstairs, parse.GetValue(UpstairsProgram)),
        };
    }

    private static async Task<int> RunAsync(DemoOptions options, bool json, CancellationToken cancellationToken)
    {
        var report = await new DemoRun(options, LineOutput.ToConsole(standardError: json), TimeProvider.System)
            .RunAsync(cancellationToken);
        if (json)
        {
            JsonOutput.WriteLine(report);
        }

        return report.Ok ? ExitCode.Success : ExitCode.Failure;
    }
}
