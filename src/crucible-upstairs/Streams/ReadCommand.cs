using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>read</c>: a range of the volume to standard output.</summary>
internal static class ReadCommand
{
    public static Command Build(CommonArguments common)
    {
        var offset = RangeOptions.Offset();
        var length = new Option<long?>("--length", "-n")
        {
            CustomParser = argument => ByteSize.FromArgument(argument),
            Description = "Bytes to read; left out, up to the end of the volume.",
            HelpName = "SIZE",
        };
        var command = new Command(
            "read",
            """
            Writes a range of the volume to standard output: any bytes, in order, many requests in flight. Opens the volume read
            only, so that an upstairs that writes goes on undisturbed.
              crucible-upstairs read -o 4096 -n 512 | hexdump -C
            """)
        { offset, length };
        common.AddControlTo(command);
        command.SetAction((parse, stop) => VolumeSession.RunAsync(
            common.Bind(parse) with { ReadOnly = true },
            session => RunAsync(session, parse.GetValue(offset), parse.GetValue(length)),
            stop));
        return command;
    }

    private static async Task<int> RunAsync(VolumeSession session, long offset, long? wanted)
    {
        var length = RangeOptions.Check(session.Volume, offset, wanted);
        long written = 0;
        try
        {
            await ReadPipeline.RunAsync(
                session.Volume,
                offset,
                length,
                (_, chunk) =>
                {
                    StandardStreams.WriteOutput(chunk.Span);
                    written += chunk.Length;
                    return ValueTask.CompletedTask;
                },
                session.Stop);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            return await session.InterruptAsync($"{written} of {length} bytes were read");
        }
    }
}
