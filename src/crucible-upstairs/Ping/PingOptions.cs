namespace Crucible.Upstairs.Program;

/// <summary>How to ping.</summary>
internal sealed record PingOptions
{
    public required SessionOptions Session { get; init; }

    /// <summary>Questions to each target; null: until interrupted.</summary>
    public long? Count { get; init; }

    /// <summary>Time between two questions.</summary>
    public TimeSpan Interval { get; init; }
}
