using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs.Program;

/// <summary>Makes a region and tells of it as the guides do.</summary>
internal static class RegionMaker
{
    /// <param name="data">The directory, as it was typed; made if it is not there.</param>
    /// <param name="options">What the region is to be.</param>
    /// <param name="logger">Where to tell of it.</param>
    public static void Create(string data, CreateOptions options, ILogger logger)
    {
        var directory = new LinuxStorageDirectory(data);
        directory.CreateSelf();
        Region.Create(
            directory,
            options.Definition,
            options.Region,
            new RegionCreateOptions { JournalSizeBytes = options.JournalSizeBytes });
        logger.Creating();
        logger.Created(Path.Combine(data, "region.json"));
    }
}
