using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crucible.Storage;

/// <summary>How a region is made.</summary>
public sealed record RegionCreateOptions
{
    /// <summary>Bytes of the journal file, at least <see cref="RegionFormat.MinJournalBytes"/>; null for a quarter of the region within limits.</summary>
    public long? JournalSizeBytes { get; init; }

    /// <summary>For tests of what older programs left behind.</summary>
    internal int FormatVersion { get; init; } = RegionFormat.Version;
}

/// <summary>How a region is opened.</summary>
public sealed record RegionOpenOptions
{
    /// <summary>Below it the sync of one more file costs a flush more than writing twice does: docs/decisions/0008.</summary>
    public const int DefaultLargeWriteBytes = 64 << 10;

    /// <summary>Nothing is written, and other readers may have the region open too; a writer may not.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Most extent files held open, at least 1.</summary>
    public int ExtentHandles { get; init; } = 256;

    /// <summary>
    /// Bytes of data from which on a write goes straight to its extent instead of through the journal; a copy of a repair from
    /// half of it on. 0: none does.
    /// </summary>
    public int LargeWriteBytes { get; init; } = DefaultLargeWriteBytes;

    public ILogger Logger { get; init; } = NullLogger.Instance;
}
