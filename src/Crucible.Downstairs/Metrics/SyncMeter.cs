using System.Diagnostics;
using System.Diagnostics.Metrics;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>The one way to the disk for all who need the journal to be durable: counts and measures on the way.</summary>
internal sealed class SyncMeter(Region region)
{
    private long _count;

    /// <summary>How long each took; set once, before the first.</summary>
    public Histogram<double>? Durations { get; set; }

    /// <summary>Syncs that were asked for; some of them may have shared one call to the disk.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>As <see cref="Region.Sync"/>.</summary>
    public ErrorCode Sync()
    {
        var began = Stopwatch.GetTimestamp();
        var result = region.Sync();
        Interlocked.Increment(ref _count);
        Durations?.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
        return result;
    }
}
