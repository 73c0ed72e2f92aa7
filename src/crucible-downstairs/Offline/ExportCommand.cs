using System.CommandLine;
using Crucible.Hosting;
using Crucible.Storage;

namespace Crucible.Downstairs.Program;

/// <summary><c>export</c>: writes the region out as a raw image.</summary>
internal static class ExportCommand
{
    public static Command Build(LoggingArguments logging)
    {
        var data = CommonOptions.Data();
        var file = new Option<string>("--export", "-e") { Description = "The image to make; it must not exist yet.", HelpName = "FILE", Required = true };
        var command = new Command("export", "Writes the region out as a raw image, sparse where nothing was written.") { data, file };
        command.SetAction((parse, stop) =>
        {
            var region = OfflineRegions.Open(parse.GetRequiredValue(data));
            try
            {
                var quiet = logging.Bind(parse, toStandardError: true).Quiet;
                Export(region, parse.GetRequiredValue(file), quiet, stop);
                return Task.FromResult(ExitCode.Success);
            }
            finally
            {
                region.Close();
            }
        });
        return command;
    }

    private static void Export(Region region, string file, bool quiet, CancellationToken stop)
    {
        using var image = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var whole = false;
        try
        {
            using var progress = new ProgressLine("export", (long)region.Definition.TotalBytes, !quiet);
            var written = RegionExport.Run(region, image, (done, _) => progress.Report((long)done), stop);
            image.Flush(flushToDisk: true);
            whole = true;
            Console.Out.WriteLine(FormattableString.Invariant($"exported {region.Definition.TotalBytes} bytes, {written} of them data, to {file}"));
        }
        finally
        {
            if (!whole)
            {
                // Half an image would be taken for a whole one.
                File.Delete(file);
            }
        }
    }
}
