namespace Crucible.Upstairs.Program;

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    public AccessPattern Pattern { get; init; }

    /// <summary>Share of reads, 0 to 100 percent.</summary>
    public int ReadPercent { get; init; }

    /// <summary>Bytes of a request.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Requests in flight.</summary>
    public int Depth { get; init; }

    /// <summary>How long to measure.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>How long to run before measuring.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>Which part of the volume; null: all of it.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>Writes between two flushes; 0: only one at the end.</summary>
    public long FlushEvery { get; init; }

    /// <summary>What places, kinds and data follow from.</summary>
    public ulong Seed { get; init; }
}
