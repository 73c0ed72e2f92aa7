namespace Crucible.Hosting;

/// <summary>A scrub: under way, or how the last one ended.</summary>
public sealed record ScrubInfo
{
    /// <summary>A <see cref="State"/>: it has not ended.</summary>
    public const string Running = "running";

    /// <summary>A <see cref="State"/>: it has looked at everything.</summary>
    public const string Done = "done";

    /// <summary>A <see cref="State"/>: it was ended early.</summary>
    public const string Stopped = "stopped";

    /// <summary><c>running</c>, <c>done</c>, <c>stopped</c> or <c>failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Since it began, until it ended.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>When it ended; null while it runs, or where that is not kept.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Bytes looked at so far.</summary>
    public required long CheckedBytes { get; init; }

    /// <summary>Bytes in all.</summary>
    public required long TotalBytes { get; init; }

    /// <summary>Most bytes read a second; null: as the guest leaves room.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Damaged blocks that are left: where no replica can tell them, or this program is not the one to mend.</summary>
    public required long BadBlocks { get; init; }

    /// <summary>Blocks that were damaged or differed on a replica, and were mended from another.</summary>
    public long HealedBlocks { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Error { get; init; }

    /// <summary>Where the damage is: the first of them.</summary>
    public IReadOnlyList<DamageInfo> Damage { get; init; } = [];
}

/// <summary>Blocks that can't be believed.</summary>
/// <param name="Block">The first.</param>
/// <param name="BlockCount">How many.</param>
/// <param name="Extent">The extent they lie in.</param>
/// <param name="Cause">What is wrong, in words.</param>
public sealed record DamageInfo(ulong Block, ulong BlockCount, uint Extent, string Cause);

/// <summary>The answer to <c>POST /flush</c>.</summary>
/// <param name="Milliseconds">How long it took.</param>
public sealed record FlushDone(double Milliseconds);

/// <summary>The body of <c>POST /replace</c>.</summary>
/// <param name="Old">The target that goes, as it was given.</param>
/// <param name="New">The one that takes its place.</param>
/// <param name="Export">Of which volume: the name of its export. Must be there where one server has several.</param>
public sealed record ReplaceRequest(string Old, string New, string? Export = null);

/// <summary>The body of <c>POST /scrub</c>, which may be left out.</summary>
public sealed record ScrubRequest
{
    /// <summary>Of which volume: the name of its export. Must be there where one server has several.</summary>
    public string? Export { get; init; }

    /// <summary>Most bytes looked at a second, as <c>--rate</c> takes them: <c>50MiB</c>. Null: as the program does by itself.</summary>
    public string? Rate { get; init; }

    /// <summary>The rate as a number, 1 or more; null: none was asked for.</summary>
    /// <exception cref="ControlException">It is none.</exception>
    public long? BytesPerSecond()
    {
        if (Rate is null)
        {
            return null;
        }

        return ByteSize.TryParse(Rate, out var bytes, out var error) && bytes > 0
            ? bytes
            : throw new ControlException(ControlAnswer.BadRequest, $"rate: {error ?? "must be a byte a second or more"}");
    }
}

/// <summary>What <c>GET /scrub</c> is answered with where one server has several volumes.</summary>
/// <param name="Volumes">In the order of the exports.</param>
public sealed record ScrubsInfo(IReadOnlyList<ExportScrub> Volumes);

/// <summary>The scrub of one of several volumes.</summary>
/// <param name="Export">The name of its export.</param>
/// <param name="Scrub">Under way, or the last one; null before the first.</param>
public sealed record ExportScrub(string? Export, ScrubInfo? Scrub);
