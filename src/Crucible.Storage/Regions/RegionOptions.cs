using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crucible.Storage;

/// <summary>How a region is made.</summary>
public sealed record RegionCreateOptions
{
    /// <summary>Bytes of the journal file, at least <see cref="RegionFormat.MinJournalBytes"/>; null for a quarter of the region within limits.</summary>
    public long? JournalSizeBytes { get; init; }
}

/// <summary>How a region is opened.</summary>
public sealed record RegionOpenOptions
{
    /// <summary>Nothing is written, and other readers may have the region open too; a writer may not.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Most extent files held open, at least 1.</summary>
    public int ExtentHandles { get; init; } = 256;

    public ILogger Logger { get; init; } = NullLogger.Instance;
}
