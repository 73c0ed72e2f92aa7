namespace Crucible.Upstairs;

/// <summary>What all repair works with: the replicas, the wire, the numbers of its own jobs, what it has done so far.</summary>
internal sealed class RepairScope(ReplicaSet replicas, IUpstairsOutput output)
{
    private ulong _nextJob = JobId.FirstControl.Value;

    public ReadOnlySpan<Replica> Replicas => replicas.All;

    public IUpstairsOutput Output => output;

    /// <summary>The geometry; set once it is known.</summary>
    public RegionDefinition Definition { get; set; } = null!;

    /// <summary>The generation that every message bears.</summary>
    public Generation Generation { get; set; }

    /// <summary>The next number of a job of our own; never reused.</summary>
    public JobId NextJob() =>
        new(Planted.Is(PlantedBug.ReuseJobId) ? JobId.FirstControl.Value + (_nextJob++ % 2) : _nextJob++);

    /// <summary>Whether a number was ever given: a late answer to a question that was given up is no fault of whoever answers.</summary>
    public bool WasAsked(JobId job) => job.IsControl && job.Value < _nextJob;

    /// <summary>Whether a replica outside a comparison may be asked for a block that those inside can't tell.</summary>
    public static bool MayHelp(Replica replica) => replica.State == ReplicaState.Active;

    /// <summary>Blocks were written to a replica.</summary>
    public static void Copied(Replica target, uint blocks) => target.RepairedBlocks += blocks;
}
