using System.Text.Json.Serialization;

namespace Crucible.Hosting;

/// <summary>
/// What an upstairs answers at <c>/info</c>, from the moment it listens on. States and roles are words in small letters, times
/// are ISO 8601; what is not known before the volume is open is null until then.
/// </summary>
public sealed record UpstairsInfo
{
    /// <summary>The value of <see cref="Role"/>.</summary>
    public const string RoleName = "upstairs";

    /// <summary>What answers: tells this document from a downstairs'.</summary>
    public string Role { get; init; } = RoleName;

    /// <summary>The name of the export that the volume is behind; null where there is no NBD server.</summary>
    public string? Export { get; init; }

    /// <summary>Which volume.</summary>
    public required Guid? Volume { get; init; }

    /// <summary><c>active</c> while it answers; else <c>activating</c>, <c>failed</c>, <c>superseded</c> or <c>closed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it has ended; empty where it has not.</summary>
    public required string Cause { get; init; }

    /// <summary>The generation under which it writes; 0 where it only reads.</summary>
    public required ulong? Generation { get; init; }

    /// <summary>Bytes of the volume.</summary>
    public required long? SizeBytes { get; init; }

    /// <summary>Bytes of a block.</summary>
    public required uint? BlockSizeBytes { get; init; }

    /// <summary>Blocks of an extent.</summary>
    public required uint? ExtentSizeBlocks { get; init; }

    /// <summary>Extents.</summary>
    public required uint? ExtentCount { get; init; }

    /// <summary>Whether its blocks are encrypted.</summary>
    public required bool? Encrypted { get; init; }

    /// <summary>Jobs in flight or held for replay.</summary>
    public required int Jobs { get; init; }

    /// <summary>Bytes of writes held for replay.</summary>
    public required long HeldBytes { get; init; }

    /// <summary>The three replicas, in the order of the targets.</summary>
    public required IReadOnlyList<ReplicaInfo> Replicas { get; init; }

    /// <summary>Blocks that a read found damaged on a replica and that were mended from another.</summary>
    public required long HealedBlocks { get; init; }

    /// <summary>The repair under way; null: none.</summary>
    public RepairInfo? Repair { get; init; }

    /// <summary>The scrub under way or the last one; null: none yet.</summary>
    public ScrubInfo? Scrub { get; init; }

    /// <summary>The NBD server in front of it; null: none.</summary>
    public NbdServerInfo? Nbd { get; init; }

    /// <summary>The last transitions of the replicas, oldest first.</summary>
    public required IReadOnlyList<TransitionInfo> History { get; init; }

    /// <summary>
    /// Where one server has several volumes: a document like this for each, in the order of the exports, the first of which
    /// the fields beside this one tell of. Left out where there is one volume.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<UpstairsInfo>? Volumes { get; init; }
}

/// <summary>One replica.</summary>
public sealed record ReplicaInfo
{
    /// <summary>Which of the targets, from 0.</summary>
    public required int Id { get; init; }

    /// <summary>The target as given.</summary>
    public required string Address { get; init; }

    /// <summary><c>active</c> when healthy.</summary>
    public required string State { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Cause { get; init; }

    /// <summary>Its region; null before it was greeted.</summary>
    public required Guid? Region { get; init; }

    /// <summary>Jobs sent and not answered.</summary>
    public required int OutstandingJobs { get; init; }

    /// <summary>Bytes of blocks in them.</summary>
    public required long OutstandingBytes { get; init; }

    /// <summary>Reads that it answered with damaged data or an error.</summary>
    public required long BadReads { get; init; }

    /// <summary>Blocks that repair wrote to it since it was last taken in.</summary>
    public required long RepairedBlocks { get; init; }
}

/// <summary>A repair under way.</summary>
/// <param name="Replica">Of which replica.</param>
/// <param name="Compared">Bytes of the volume that were compared.</param>
/// <param name="Copied">Bytes that differed and were copied.</param>
/// <param name="Left">Bytes not yet compared.</param>
/// <param name="Total">Bytes in all.</param>
/// <param name="BadBlocks">Blocks that no replica could tell.</param>
/// <param name="BytesPerSecond">How fast it goes now; null before that can be told.</param>
/// <param name="EstimatedSeconds">How long it will still take; null before that can be told.</param>
public sealed record RepairInfo(
    int Replica, long Compared, long Copied, long Left, long Total, long BadBlocks, double? BytesPerSecond, double? EstimatedSeconds);

/// <summary>A change of a replica's state.</summary>
/// <param name="Time">When.</param>
/// <param name="Replica">Which.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Cause">Why, in words.</param>
public sealed record TransitionInfo(DateTimeOffset Time, int Replica, string From, string To, string Cause);
