using Crucible.Hosting;
using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs.Program;

/// <summary>Makes a region and tells of it as the guides do.</summary>
internal static class RegionMaker
{
    /// <param name="data">The directory, as it was typed; made if it is not there.</param>
    /// <param name="options">What the region is to be.</param>
    /// <param name="logger">Where to tell of it.</param>
    /// <param name="quiet">Show no progress.</param>
    /// <param name="stop">Gives an import up; the region stays as far as it came.</param>
    public static void Create(string data, CreateOptions options, ILogger logger, bool quiet, CancellationToken stop)
    {
        using var image = options.Import is { } file ? OpenImage(file, options.Definition) : null;
        var directory = new LinuxStorageDirectory(data);
        directory.CreateSelf();
        Region.Create(
            directory,
            options.Definition,
            options.Region,
            new RegionCreateOptions { JournalSizeBytes = options.JournalSizeBytes });
        logger.Creating();
        logger.Created(Path.Combine(data, "region.json"));
        if (image is not null)
        {
            Import(directory, image, logger, quiet, stop);
        }
    }

    // Looked at before anything is made, so that a wrong name leaves nothing behind.
    private static FileStream OpenImage(string file, RegionDefinition definition)
    {
        var image = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (image.CanSeek && image.Length > (long)definition.TotalBytes)
        {
            image.Dispose();
            throw new UsageException($"{file} is larger than the region's {definition.TotalBytes} bytes");
        }

        return image;
    }

    private static void Import(LinuxStorageDirectory directory, FileStream image, ILogger logger, bool quiet, CancellationToken stop)
    {
        using var region = Region.Open(directory, new RegionOpenOptions());
        using var progress = new ProgressLine("import", image.CanSeek ? image.Length : null, !quiet);
        logger.Imported(RegionImport.Run(region, image, done => progress.Report((long)done), stop), image.Name);
    }
}
