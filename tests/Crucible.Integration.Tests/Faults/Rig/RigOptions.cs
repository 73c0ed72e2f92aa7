using Crucible.Integration.Tests.Faults.Load;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Rig;

/// <summary>Where a guest under faults lives.</summary>
internal sealed record RigOptions
{
    public Geometry Geometry { get; init; } = new(4096, 1024, 8);

    /// <summary>Connections go through proxies, which can fail.</summary>
    public bool ThroughProxies { get; init; }

    /// <summary>Bytes of a file system of its own for each region; 0: all three in the temporary folder. Needs root.</summary>
    public long DiskBytes { get; init; }

    /// <summary>Regions lie in memory where there is room: pauses are then the volume's own, and not the disk's.</summary>
    public bool InMemory { get; init; }

    public AckMode Ack { get; init; } = AckMode.Fast;

    public LoadOptions Load { get; init; } = new();
}
