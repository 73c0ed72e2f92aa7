using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

/// <summary>What an open region is made of; disposed together.</summary>
internal sealed class RegionParts : IDisposable
{
    public required RegionIdentity Identity { get; init; }

    public required RegionMemory Memory { get; init; }

    public required Journal Journal { get; init; }

    public required ExtentCache Extents { get; init; }

    public required DirectFiles Direct { get; init; }

    /// <summary>As <see cref="RegionOpenOptions.LargeWriteBytes"/>.</summary>
    public required int LargeWriteBytes { get; init; }

    public required IStorageFile Versions { get; init; }

    public required IDisposable Held { get; init; }

    public required RegionFault Fault { get; init; }

    public required ILogger Logger { get; init; }

    public void Dispose()
    {
        Direct.Dispose();
        Extents.Dispose();
        Versions.Dispose();
        Journal.Dispose();
        Held.Dispose();
    }
}
