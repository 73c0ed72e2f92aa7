using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>export</c>: the volume as a raw image.</summary>
internal static class ExportCommand
{
    public static Command Build(CommonArguments common)
    {
        var file = new Argument<string>("FILE") { Description = "The raw image to make; an older one is replaced at the end." };
        var command = new Command(
            "export",
            """
            Copies the whole volume into a raw image, with holes where it is zero. The image gets its name only when it is
            complete. Opens the volume read only, so that an upstairs that writes goes on undisturbed; for an image of one moment
            let it stop first.
              crucible-upstairs export disk.img
            """)
        { file, common.Json };
        common.AddControlTo(command);
        command.SetAction((parse, stop) =>
        {
            var path = parse.GetRequiredValue(file);
            return VolumeSession.RunAsync(common.Bind(parse) with { ReadOnly = true }, session => RunAsync(session, path), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(VolumeSession session, string path)
    {
        var size = session.Volume.SizeBytes;
        long done = 0;
        long written = 0;
        var image = ImageFile.CreateBeside(path);
        var finished = false;
        try
        {
            RandomAccess.SetLength(image.SafeFileHandle, size);
            using var progress = new ProgressLine("export", size, session.Options.Talks);
            await ReadPipeline.RunOverDataAsync(
                session.Volume,
                (offset, chunk) =>
                {
                    written += WriteWithHoles(image, offset, chunk.Span);
                    progress.Report(done = offset + chunk.Length);
                    return ValueTask.CompletedTask;
                },
                session.Stop);
            progress.Report(done = size);
            image.Flush(flushToDisk: true);
            finished = true;
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            return await session.InterruptAsync($"{done} of {size} bytes were exported; the unfinished image is removed");
        }
        finally
        {
            await image.DisposeAsync();
            if (finished)
            {
                ImageFile.Finish(path);
            }
            else
            {
                ImageFile.Abandon(path);
            }
        }

        Report(session, path, size, size - written);
        return ExitCode.Success;
    }

    // Data may be zeroes as well: they become holes here.
    private static long WriteWithHoles(FileStream image, long offset, ReadOnlySpan<byte> data)
    {
        long written = 0;
        while (data.Length > 0)
        {
            var (length, isZero) = ZeroRuns.First(offset, data, ZeroRuns.HoleBytes);
            if (!isZero)
            {
                RandomAccess.Write(image.SafeFileHandle, data[..length], offset);
                written += length;
            }

            offset += length;
            data = data[length..];
        }

        return written;
    }

    private static void Report(VolumeSession session, string path, long size, long holes)
    {
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(new { File = path, ExportedBytes = size, HoleBytes = holes });
        }
        else
        {
            session.Options.Say($"exported {size} bytes to {path}, {holes} of them as holes");
        }
    }
}
