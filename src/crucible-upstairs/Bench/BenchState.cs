using System.Diagnostics;

namespace Crucible.Upstairs.Program;

/// <summary>What the loops of one bench share.</summary>
internal sealed class BenchState
{
    private readonly long _slots;
    private readonly long _offset;
    private long _next = -1;
    private long _writes;
    private volatile bool _stopped;

    public BenchState(Volume volume, BenchOptions options)
    {
        Volume = volume;
        Options = options;
        var range = options.Range ?? new ByteRange(0, volume.SizeBytes);
        RangeOptions.Check(volume, range.Offset, range.Length);
        if (options.SizeBytes > range.Length)
        {
            throw new CommandFailedException($"--size {options.SizeBytes} does not fit into a range of {range.Length} bytes");
        }

        Range = range;
        _offset = range.Offset;
        _slots = range.Length / options.SizeBytes;
        MeasureFrom = Stopwatch.GetTimestamp() + (long)(options.WarmUp.TotalSeconds * Stopwatch.Frequency);
        EndsAt = MeasureFrom + (long)(options.Time.TotalSeconds * Stopwatch.Frequency);
    }

    public Volume Volume { get; }

    public BenchOptions Options { get; }

    public ByteRange Range { get; }

    /// <summary>Requests that begin earlier are not counted.</summary>
    public long MeasureFrom { get; }

    /// <summary>No request begins later.</summary>
    public long EndsAt { get; }

    /// <summary>Whether the loops go on.</summary>
    public bool GoesOn(long now) => now < EndsAt && !_stopped;

    /// <summary>Ends the loops early.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Where the next request goes.</summary>
    public long NextOffset(ref SplitMix64 random)
    {
        var slot = Options.Pattern == AccessPattern.Random ? random.Below(_slots) : Interlocked.Increment(ref _next) % _slots;
        return _offset + (slot * Options.SizeBytes);
    }

    /// <summary>Whether a flush is due after one more write.</summary>
    public bool IsFlushDue() => Options.FlushEvery > 0 && Interlocked.Increment(ref _writes) % Options.FlushEvery == 0;
}
