namespace Crucible.Upstairs;

/// <summary>How a volume is scrubbed.</summary>
public sealed record ScrubOptions
{
    /// <summary>Most bytes of the volume looked at a second, on all replicas at once; 0: what the guest does not notice.</summary>
    public long BytesPerSecond { get; init; }
}
