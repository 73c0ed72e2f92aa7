using System.CommandLine;

namespace Crucible.Upstairs.Program;

/// <summary><c>repair</c>: keeps the volume open until its three replicas are alike.</summary>
internal static class RepairCommand
{
    public static Command Build(CommonArguments common)
    {
        var watch = new Option<bool>("--watch") { Description = "Stay when all three are active, and repair what comes, until Ctrl-C." };
        var command = new Command(
            "repair",
            """
            Opens the volume for writing, which ends the upstairs that has it open, and stays until all three replicas are active.
            Nothing is written but what repair copies.
              crucible-upstairs repair
              crucible-upstairs repair --watch --control 127.0.0.1:9001
            """)
        { watch, common.Json };
        common.AddControlTo(command);
        command.SetAction((parse, stop) => VolumeSession.RunAsync(
            common.BindForWriting(parse), session => new RepairRun(session, parse.GetValue(watch)).RunAsync(), stop));
        return command;
    }
}
