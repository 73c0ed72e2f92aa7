using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary>The command tree: the commands, and the guides' form without one.</summary>
internal static class Commands
{
    public static RootCommand Build()
    {
        var logging = new LoggingArguments();
        var root = new RootCommand(
            """
            Owns one region, a replica of a volume, on a local file system, and serves it to its upstairs.

            The short form creates (-c) and runs in one go:
              crucible-downstairs -c -p 3801 -d var/3801

            Exit codes: 0 done, or stopped in order; 1 failed; 2 wrong usage, nothing was opened; 3 differences or damage
            found; 130 interrupted; 141 the reader of the output went away.
            """);
        logging.AddTo(root);
        var telemetry = new TelemetryArguments();
        telemetry.AddTo(root);
        RunCommand.AddTo(root, logging, telemetry);
        root.Add(RunCommand.Build(logging, telemetry));
        root.Add(CreateCommand.Build(logging));
        root.Add(DumpCommand.Build(logging));
        root.Add(VerifyCommand.Build(logging));
        root.Add(ExportCommand.Build(logging));
        return root;
    }
}
