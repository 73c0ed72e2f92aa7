using System.Diagnostics.Metrics;

namespace Crucible.Hosting;

/// <summary>The upper bounds of a histogram's buckets.</summary>
internal static class HistogramBounds
{
    /// <summary>Most bounds that an instrument may ask for (I7).</summary>
    private const int MaxBounds = 100;

    // From a cached read over loopback to a request that waits for a replica to come back.
    private static readonly double[] Seconds =
    [
        10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ];

    private static readonly double[] Others = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216];

    /// <summary>What the instrument advises, else what suits its unit. Ascending.</summary>
    public static double[] Of(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
            Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
            _ => Array.Empty<double>(),
        };
        return advised.Length is > 0 and <= MaxBounds ? [.. advised.Order()] : instrument.Unit == "s" ? Seconds : Others;
    }

    /// <summary>The bucket of a value: that of the first bound which is not below it, or the one after the last.</summary>
    public static int IndexOf(double[] bounds, double value)
    {
        var low = 0;
        var high = bounds.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (value <= bounds[middle])
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}
