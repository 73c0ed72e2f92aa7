using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>write</c>: standard input into the volume.</summary>
internal static class WriteCommand
{
    public static Command Build(CommonArguments common)
    {
        var offset = RangeOptions.Offset();
        var command = new Command(
            "write",
            """
            Writes standard input into the volume from an offset on, until the input ends, and flushes. Nothing is written past
            the volume's end: input that goes on there is an error that says how much was written.
              crucible-upstairs write -o 1MiB < block.bin
            """)
        { offset, common.Json };
        common.AddControlTo(command);
        command.SetAction((parse, stop) => VolumeSession.RunAsync(
            common.BindForWriting(parse), session => new StreamWriter(session, parse.GetValue(offset)).RunAsync(), stop));
        return command;
    }

    private sealed class StreamWriter(VolumeSession session, long offset)
    {
        private readonly WritePipeline _pipeline = new(session.Volume);

        public async Task<int> RunAsync()
        {
            RangeOptions.Check(session.Volume, offset, null);
            try
            {
                var fits = await CopyAsync();
                await session.Volume.FlushAsync(session.Stop);
                if (!fits)
                {
                    throw new CommandFailedException(
                        $"the input goes on beyond the end of the volume at byte {session.Volume.SizeBytes}: "
                        + $"{_pipeline.AcknowledgedBytes} bytes were written from offset {offset} and flushed, nothing past the end");
                }
            }
            catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
            {
                return await session.InterruptAsync($"{_pipeline.AcknowledgedBytes} bytes were written from offset {offset}");
            }
            catch (VolumeException e)
            {
                throw new CommandFailedException(
                    $"{e.Message}; {_pipeline.AcknowledgedBytes} bytes from offset {offset} were acknowledged, not all of them flushed");
            }

            Report();
            return ExitCode.Success;
        }

        // Whether the input ended before the volume did.
        private async Task<bool> CopyAsync()
        {
            await using var input = Console.OpenStandardInput();
            var next = offset;
            while (next < session.Volume.SizeBytes)
            {
                var chunk = BlockBufferPool.Shared.Rent(TransferSizes.NextChunk(next, session.Volume.SizeBytes - next));
                var wanted = chunk.Length;
                var filled = await StandardStreams.FillAsync(input, chunk.Memory, session.Stop);
                chunk.Shorten(filled);
                if (filled > 0)
                {
                    await _pipeline.WriteAsync(next, chunk, session.Stop);
                    next += filled;
                }

                if (filled < wanted)
                {
                    await _pipeline.DrainAsync(session.Stop);
                    return true;
                }
            }

            await _pipeline.DrainAsync(session.Stop);
            return await StandardStreams.FillAsync(input, new byte[1], session.Stop) == 0;
        }

        private void Report()
        {
            if (session.Options.Json)
            {
                JsonOutput.WriteLine(new { Offset = offset, WrittenBytes = _pipeline.AcknowledgedBytes, Flushed = true });
            }
            else
            {
                session.Options.Say($"wrote {_pipeline.AcknowledgedBytes} bytes at offset {offset} and flushed them");
            }
        }
    }
}
