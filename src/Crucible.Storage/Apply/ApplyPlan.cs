namespace Crucible.Storage;

/// <summary>
/// A part of the journal on its way into the extents: made by <see cref="Region.PlanApply"/>, carried out by
/// <see cref="Region.Execute"/>, ended by <see cref="Region.Commit(ApplyPlan)"/>. The region has one at a time.
/// </summary>
public sealed class ApplyPlan
{
    private const int InitialRuns = 1024;

    internal ApplyPlan()
    {
    }

    /// <summary>Blocks to apply: each once, in its newest version.</summary>
    public int BlockCount => Table?.Count ?? 0;

    /// <summary>Bytes of journal that the plan frees.</summary>
    public ulong JournalBytes { get; internal set; }

    /// <summary>Whether <see cref="Region.Execute"/> has ended well: <see cref="Region.Commit(ApplyPlan)"/> may follow.</summary>
    public bool IsExecuted { get; internal set; }

    /// <summary>Its checkpoint begins a new epoch at its end.</summary>
    internal bool BeginsEpoch { get; set; }

    /// <summary>The new head of the journal.</summary>
    internal ulong End { get; set; }

    /// <summary>The region's state there.</summary>
    internal RegionState State { get; set; }

    internal BlockTable? Table { get; set; }

    /// <summary>Versions there of all extents changed since the last plan, ascending once executing began; the flags are what they will be.</summary>
    internal List<ExtentEntry> Extents { get; } = [];

    /// <summary>Extents whose file was opened or made, and so can be read.</summary>
    internal HashSet<uint> Readable { get; } = [];

    /// <summary>Extents that were damaged and of which every block can be believed again.</summary>
    internal HashSet<uint> Healed { get; } = [];

    /// <summary>Homes that hold nothing that is needed once the checkpoint is durable.</summary>
    internal List<HomeRun> Freed { get; } = new(InitialRuns);

    /// <summary>Extents established when the plan was made.</summary>
    internal ulong EstablishedCount { get; set; }
}
