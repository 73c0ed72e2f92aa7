using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary><c>run</c>, and the guides' form: <c>crucible-downstairs [-c] -p 3801 -d var/3801</c>.</summary>
internal static class RunCommand
{
    public static Command Build(LoggingArguments logging, TelemetryArguments telemetry)
    {
        var arguments = new RunArguments(required: true);
        var command = new Command("run", "Opens the region and serves it until SIGTERM or Ctrl-C.");
        arguments.AddTo(command);
        command.SetAction((parse, stop) => Daemon.RunAsync(arguments.Bind(parse, logging, telemetry), create: null, stop));
        return command;
    }

    /// <summary>Makes the guides' form the root's own action.</summary>
    public static void AddTo(RootCommand root, LoggingArguments logging, TelemetryArguments telemetry)
    {
        var create = new Option<bool>("--create", "-c") { Description = "Create the region first." };
        var run = new RunArguments(required: false);
        var region = new CreateArguments();
        root.Add(create);
        run.AddTo(root);
        region.AddTo(root);
        root.SetAction((parse, stop) =>
        {
            var options = run.Bind(parse, logging, telemetry);
            if (!parse.GetValue(create) && region.Given(parse) is { } given)
            {
                throw new UsageException($"{given} describes a new region: use it with -c");
            }

            return Daemon.RunAsync(options, parse.GetValue(create) ? region.Bind(parse) : null, stop);
        });
    }
}
