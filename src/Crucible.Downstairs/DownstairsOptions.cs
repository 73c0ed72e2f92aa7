using System.Net;

namespace Crucible.Downstairs;

/// <summary>How a region is served.</summary>
public sealed record DownstairsOptions
{
    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Only readers are taken; the region must be open read only too.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Threads that read blocks which are not in the page cache, at least 1.</summary>
    public int ReadWorkers { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>How long a connection may take to greet.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing may have been written before the journal is applied in the background.</summary>
    public TimeSpan IdleApply { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most bytes that a scrub reads a second, 1 or more.</summary>
    public long ScrubBytesPerSecond { get; init; } = 16 << 20;

    /// <summary>From the end of one scrub of the region to the next; zero: only when asked to.</summary>
    public TimeSpan ScrubInterval { get; init; }

    /// <summary>How long stopping may take; what is not applied by then stays in the journal, where it is just as safe.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(1.5);
}
