using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>ping</c>: are they there, and how far away.</summary>
internal static class PingCommand
{
    public static Command Build(CommonArguments common)
    {
        var count = new Option<long?>("--count", "-c")
        {
            Description = "Questions to each target; left out, until Ctrl-C.",
            HelpName = "N",
        };
        count.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.GetValueOrDefault<long?>() is not (null or >= 1))
            {
                result.AddError("--count must be 1 or more");
            }
        });
        var interval = new Option<TimeSpan?>("--interval", "-i")
        {
            CustomParser = argument => Duration.FromArgument(argument),
            Description = "Time between two questions. [default: 1s]",
            HelpName = "TIME",
        };
        var command = new Command(
            "ping",
            """
            Asks downstairs whether they are there (Ruok) and times their answers (Imok). Takes nothing over, needs no volume, and
            is content with one target. Exit code 4 where one can't be reached.
              crucible-upstairs ping -t 127.0.0.1:3801 -t 127.0.0.1:3802 -c 3
            """)
        { count, interval, common.Json };
        command.SetAction((parse, stop) => PingRun.RunAsync(
            new PingOptions
            {
                Session = common.Bind(parse),
                Count = parse.GetValue(count),
                Interval = parse.GetValue(interval) ?? TimeSpan.FromSeconds(1),
            },
            stop));
        return command;
    }
}
