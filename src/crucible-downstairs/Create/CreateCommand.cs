using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary><c>create</c>: makes a region and does not serve it.</summary>
internal static class CreateCommand
{
    public static Command Build(LoggingArguments logging)
    {
        var data = CommonOptions.Data();
        var arguments = new CreateArguments();
        var command = new Command("create", "Makes a region in an empty directory. One that exists is never touched.") { data };
        arguments.AddTo(command);
        command.SetAction((parse, stop) =>
        {
            var options = arguments.Bind(parse);
            var log = logging.Bind(parse, toStandardError: false);
            using var loggers = CrucibleLogging.CreateLoggerFactory(log);
            RegionMaker.Create(parse.GetRequiredValue(data), options, loggers.CreateLogger("Crucible.Downstairs"), log.Quiet, stop);
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
