using Crucible.Dsc.Regions;

namespace Crucible.Dsc.Demo;

/// <summary>What the demo was asked to do.</summary>
internal sealed record DemoOptions
{
    /// <summary>The folder of the three regions, each named by its port.</summary>
    public required string Folder { get; init; }

    /// <summary>The ports wanted, one a downstairs; they name the regions too.</summary>
    public required IReadOnlyList<int> Ports { get; init; }

    /// <summary>Whether a free port may stand in for one that is taken.</summary>
    public required bool AnyPort { get; init; }

    /// <summary>Whether the downstairs run on, once the client is done, until the demo is stopped.</summary>
    public required bool Keep { get; init; }

    /// <summary>The crucible-downstairs to run.</summary>
    public required string Downstairs { get; init; }

    /// <summary>The crucible-upstairs to run.</summary>
    public required string Upstairs { get; init; }

    /// <summary>The sizes of regions that are not there yet.</summary>
    public RegionGeometry Geometry { get; init; } = RegionGeometry.Default;

    /// <summary>The directory of the region that belongs to a port.</summary>
    public string RegionOf(int port) => Path.Combine(Folder, $"{port}");
}
