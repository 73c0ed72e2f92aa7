namespace Crucible.Upstairs.Program;

/// <summary>What <c>fill</c> writes.</summary>
internal sealed record FillOptions
{
    /// <summary>What the data follows from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where to note what was written; null: nowhere.</summary>
    public string? ExpectFile { get; init; }

    /// <summary>Which part of the volume; null: all of it.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>In which order.</summary>
    public AccessPattern Pattern { get; init; }

    /// <summary>How many writes; null: as many as cover the range once.</summary>
    public long? Count { get; init; }

    /// <summary>Most bytes of one write.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Bytes between two flushes.</summary>
    public long FlushEveryBytes { get; init; }
}

/// <summary>In which order requests go over a range.</summary>
internal enum AccessPattern
{
    /// <summary>Anywhere in it.</summary>
    Random,

    /// <summary>From its start to its end, and again.</summary>
    Sequential,
}
