using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>How far a scrub is.</summary>
public enum ScrubState
{
    /// <summary>It reads.</summary>
    Running,

    /// <summary>It has read everything.</summary>
    Done,

    /// <summary>The daemon stopped under it.</summary>
    Stopped,

    /// <summary>The region can't be read any more.</summary>
    Failed,
}

/// <summary>A scrub of a region: under way, or how the last one ended.</summary>
/// <param name="State">How far it is.</param>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When it ended; null while it runs.</param>
/// <param name="CheckedBytes">Bytes of the region looked at.</param>
/// <param name="TotalBytes">Bytes of the region.</param>
/// <param name="BytesPerSecond">Most bytes read a second.</param>
/// <param name="BadBlocks">Blocks that can't be believed.</param>
/// <param name="Findings">Where they lie: the first <see cref="RegionScrub.MaxFindings"/> stretches of them.</param>
public sealed record ScrubStatus(
    ScrubState State,
    DateTimeOffset Began,
    DateTimeOffset? Ended,
    long CheckedBytes,
    long TotalBytes,
    long BytesPerSecond,
    long BadBlocks,
    IReadOnlyList<RegionFinding> Findings);
