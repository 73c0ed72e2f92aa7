namespace Crucible.Hosting;

/// <summary>What a downstairs answers at <c>/info</c>.</summary>
public sealed record DownstairsInfo
{
    /// <summary>The value of <see cref="Role"/>.</summary>
    public const string RoleName = "downstairs";

    /// <summary>What answers: tells this document from an upstairs'.</summary>
    public string Role { get; init; } = RoleName;

    /// <summary>Where it serves upstairs.</summary>
    public required string Address { get; init; }

    /// <summary>The directory, as it was given.</summary>
    public required string Data { get; init; }

    /// <summary>Which region.</summary>
    public required Guid Region { get; init; }

    /// <summary>The volume it belongs to; null before its first activation.</summary>
    public required Guid? Volume { get; init; }

    /// <summary><c>serving</c>, or <c>faulted</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is faulted; null where it is not.</summary>
    public required string? Cause { get; init; }

    /// <summary>Only readers are served.</summary>
    public required bool ReadOnly { get; init; }

    /// <summary>Bytes of the volume.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Bytes of a block.</summary>
    public required uint BlockSizeBytes { get; init; }

    /// <summary>Blocks of an extent.</summary>
    public required uint ExtentSizeBlocks { get; init; }

    /// <summary>Extents.</summary>
    public required uint ExtentCount { get; init; }

    /// <summary>Whether its blocks are encrypted.</summary>
    public required bool Encrypted { get; init; }

    /// <summary>The highest generation promised.</summary>
    public required ulong Promised { get; init; }

    /// <summary>The generation it was last in sync in; 0: never.</summary>
    public required ulong InSync { get; init; }

    /// <summary>The last job it holds, and the generation of that.</summary>
    public required PositionInfo Position { get; init; }

    /// <summary>A repair of it was begun and not ended.</summary>
    public required bool Repairing { get; init; }

    /// <summary>Extents in which damage was found.</summary>
    public required long DamagedExtents { get; init; }

    /// <summary>Its journal.</summary>
    public required JournalInfo Journal { get; init; }

    /// <summary>Who is connected.</summary>
    public required IReadOnlyList<ConnectionInfo> Connections { get; init; }

    /// <summary>The scrub under way or the last one; null: none yet.</summary>
    public ScrubInfo? Scrub { get; init; }
}

/// <summary>How far a region is.</summary>
/// <param name="Generation">Of the last job.</param>
/// <param name="Job">The last job.</param>
public sealed record PositionInfo(ulong Generation, ulong Job);

/// <summary>How full a journal is.</summary>
/// <param name="UsedBytes">Not yet applied.</param>
/// <param name="SizeBytes">In all.</param>
public sealed record JournalInfo(ulong UsedBytes, ulong SizeBytes);

/// <summary>A connection of a downstairs.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Peer">The other end's address.</param>
/// <param name="State"><c>greeting</c>, <c>accepted</c>, <c>promoting</c>, <c>active</c>, <c>readOnly</c> or <c>ended</c>.</param>
/// <param name="Session">The activation that greeted; null before.</param>
/// <param name="Generation">The generation it took over with; 0 before.</param>
/// <param name="Since">When it was made.</param>
public sealed record ConnectionInfo(int Id, string Peer, string State, Guid? Session, ulong Generation, DateTimeOffset Since);
