using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>What the core knows of one replica. Changed by the core alone; others only read it.</summary>
public sealed class Replica
{
    internal Replica(ReplicaId id)
    {
        Id = id;
    }

    public ReplicaId Id { get; }

    public ReplicaState State { get; internal set; }

    /// <summary>Since when it is in its state.</summary>
    public Instant Since { get; internal set; }

    /// <summary>Why it is in its state, in words.</summary>
    public string Cause { get; internal set; } = "not tried yet";

    /// <summary>What it said of itself at its last greeting.</summary>
    public YesItsMeHeader? Region { get; internal set; }

    /// <summary>Whether it can be asked for the states of blocks.</summary>
    internal bool TellsStates => Region is { Version: >= (uint)ProtocolVersion.Two };

    /// <summary>What it durably knew of itself when it was last promoted.</summary>
    public RegionInfoHeader? Info { get; internal set; }

    /// <summary>Versions of its extents, as last learnt; empty before.</summary>
    public ReadOnlySpan<ExtentVersion> ExtentVersions => Versions;

    internal ExtentVersion[] Versions { get; set; } = [];

    /// <summary>How many of <see cref="Versions"/> have arrived.</summary>
    internal uint VersionsLearnt { get; set; }

    /// <summary>Jobs sent and not yet answered.</summary>
    public int OutstandingJobs { get; internal set; }

    /// <summary>Another one is repaired from it: it has that to do besides.</summary>
    internal bool IsCopiedFrom { get; set; }

    /// <summary>Bytes of blocks in them.</summary>
    public long OutstandingBytes { get; internal set; }

    /// <summary>Reads answered with data that its contexts do not prove, or not at all.</summary>
    public long BadReads { get; internal set; }

    /// <summary>Blocks that repair wrote to it since it was last taken in.</summary>
    public ulong RepairedBlocks { get; internal set; }

    /// <summary>Jobs that were dropped before it answered them, with their bytes. Only ever looked up.</summary>
    internal Dictionary<JobId, long> Strays { get; } = [];

    /// <summary>It has told that a later activation took over.</summary>
    internal bool IsSuperseded { get; set; }

    /// <summary>The last generation that it has promised in this session; none: nothing yet.</summary>
    internal Generation Promised { get; set; }

    /// <summary>
    /// Its region was made anew or set back, and has not been whole since: it may have promised a later generation before, and
    /// forgotten it. Until it serves, others must vouch for it (<see cref="ReplicaSet.Unaccounted"/>).
    /// </summary>
    internal bool HasForgotten { get; set; }

    /// <summary>When it last answered anything.</summary>
    internal Instant LastHeard { get; set; }

    /// <summary>When a probe was sent that is not answered; none: Never.</summary>
    internal Instant ProbedAt { get; set; } = Instant.Never;

    /// <summary>When it lost its connection, while it keeps its place; Never while it is connected and active.</summary>
    internal Instant AwaySince { get; set; } = Instant.Never;

    /// <summary>Whether it keeps its place among the replicas: its jobs are retained for replay.</summary>
    internal bool KeepsPlace { get; set; }

    /// <summary>Attempts to connect since it was last active for a while.</summary>
    internal int Attempts { get; set; }

    /// <summary>The job that asked it to record that it is in sync.</summary>
    internal JobId MarkJob { get; set; }

    /// <summary>It has recorded that.</summary>
    internal bool Marked { get; set; }
}
