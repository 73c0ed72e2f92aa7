using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>replace</c>: another downstairs takes the place of one, while the guest runs.</summary>
internal static class ReplaceCommand
{
    public static Command Build(CommonArguments common)
    {
        var control = ControlOption.Create("The running crucible-upstairs, which serves --control there.", required: true);
        var old = new Option<string>("--old") { Description = "The target that goes, as info shows it.", HelpName = "HOST:PORT", Required = true };
        var @new = new Option<string>("--new") { Description = "The downstairs that takes its place, with an empty region of the same geometry.", HelpName = "HOST:PORT", Required = true };
        var export = ExportOption.Create();
        var command = new Command(
            "replace",
            """
            Tells a running upstairs to take another downstairs in the place of one. Returns once it has; the repair then goes on
            beside the guest, and info --control shows how far it is.
              crucible-upstairs replace --control http://127.0.0.1:9001 --old 127.0.0.1:3803 --new 127.0.0.1:3804
            """)
        { control, old, @new, export, common.Json };
        command.SetAction(async (parse, stop) =>
        {
            var request = new ReplaceRequest(parse.GetRequiredValue(old), parse.GetRequiredValue(@new), parse.GetValue(export));
            using var client = new ControlClient(parse.GetValue(control)!);
            var answer = await client.PostAsync("/replace", request, stop);
            if (parse.GetValue(common.Json))
            {
                JsonOutput.WriteLine(answer);
            }
            else
            {
                Console.WriteLine($"{request.New} takes the place of {request.Old}; its repair goes on beside the guest");
            }

            return ExitCode.Success;
        });
        return command;
    }
}
