namespace Crucible.Storage;

/// <summary>How far a replica is along the jobs of its volume: the higher generation first, then the later job.</summary>
public readonly record struct ReplicaPosition(Generation Generation, JobId Job) : IComparable<ReplicaPosition>
{
    public int CompareTo(ReplicaPosition other)
    {
        var order = Generation.CompareTo(other.Generation);
        return order != 0 ? order : Job.CompareTo(other.Job);
    }

    public override string ToString() => $"{Generation}:{Job}";
}

/// <summary>What a region knows about itself beside its blocks. As durable as the journal records that made it so.</summary>
public readonly record struct RegionState
{
    /// <summary>The volume that the region belongs to; <see cref="VolumeId.None"/> until the first activation.</summary>
    public VolumeId Volume { get; init; }

    /// <summary>The highest generation promised: I/O of a lower one is refused for ever (I4).</summary>
    public Generation PromisedGeneration { get; init; }

    /// <summary>The session that the generation was promised to.</summary>
    public SessionId PromisedSession { get; init; }

    /// <summary>The last generation in which this region was alike with its quorum.</summary>
    public Generation InSyncGeneration { get; init; }

    /// <summary>The last write, zeroes, discard or flush.</summary>
    public ReplicaPosition Position { get; init; }

    /// <summary>The generation of the last flush.</summary>
    public Generation FlushGeneration { get; init; }

    /// <summary>The last flush; 0 if there was none.</summary>
    public FlushNumber FlushNumber { get; init; }

    /// <summary>Whether a repair was begun and not yet ended: the region is no source.</summary>
    public bool Repairing { get; init; }
}
