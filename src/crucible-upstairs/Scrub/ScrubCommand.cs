using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>scrub</c>: looks at every block of every replica, and mends what it can.</summary>
internal static class ScrubCommand
{
    public static Command Build(CommonArguments common)
    {
        var control = ControlOption.Create("Let a running crucible-upstairs or crucible-downstairs do it, which serves --control there.");
        var rate = new Option<long?>("--rate")
        {
            CustomParser = ParseRate,
            Description = "Most bytes looked at a second. [default: what a guest does not notice; of a downstairs, its --scrub-rate]",
            HelpName = "BYTES",
        };
        var export = ExportOption.Create();
        var command = new Command(
            "scrub",
            """
            Looks at every block of every replica: holds it against its checksum and the others, mends what is damaged or differs,
            and reports. Exit code 3 where blocks are damaged that no replica can tell (and, of one downstairs, any damage).
            With targets it opens the volume itself, which ends the upstairs that has it open; a running one does it by --control.
              crucible-upstairs scrub
              crucible-upstairs scrub --control http://127.0.0.1:9001
            """)
        { control, rate, export, common.Json };
        command.SetAction((parse, stop) =>
        {
            var bytesPerSecond = parse.GetValue(rate);
            if (parse.GetValue(control) is not { } address)
            {
                if (parse.GetValue(export) is not null)
                {
                    throw new UsageException("--export is for a running server; give its address with --control");
                }

                return VolumeSession.RunAsync(
                    common.BindForWriting(parse), session => new ScrubRun(session, bytesPerSecond ?? 0).RunAsync(), stop);
            }

            var request = new ScrubRequest { Export = parse.GetValue(export), Rate = bytesPerSecond?.ToString(CultureInfo.InvariantCulture) };
            return RunningScrub.RunAsync(address, request, parse.GetValue(common.Json), stop);
        });
        return command;
    }

    private static long? ParseRate(ArgumentResult argument)
    {
        if (ByteSize.TryParse(argument.Tokens[0].Value, out var size, out var error) && size > 0)
        {
            return size;
        }

        argument.AddError($"--rate: {error ?? "must be a byte a second or more"}");
        return null;
    }
}
