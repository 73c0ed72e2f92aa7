using System.Globalization;
using System.Text.Json.Serialization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>What <c>bench</c> tells; the names are the JSON document's.</summary>
internal sealed record BenchReport
{
    public required AccessPattern Pattern { get; init; }

    public required int ReadPercent { get; init; }

    public required long SizeBytes { get; init; }

    public required int Depth { get; init; }

    /// <summary>When writes were acknowledged: what the figures mean depends on it.</summary>
    public required AckMode Ack { get; init; }

    public required long FlushEvery { get; init; }

    public required ulong Seed { get; init; }

    public required long RangeOffset { get; init; }

    public required long RangeBytes { get; init; }

    public required uint BlockSizeBytes { get; init; }

    public required int ReplicasActive { get; init; }

    public required int Processors { get; init; }

    /// <summary>Measured time, without warm-up and final flush.</summary>
    public required double Seconds { get; init; }

    /// <summary>Reads and writes that were counted.</summary>
    public required long Requests { get; init; }

    public required double Iops { get; init; }

    [JsonPropertyName("mibPerSecond")]
    public required double MebibytesPerSecond { get; init; }

    /// <summary>Managed memory allocated by this process while it measured, a request.</summary>
    public required double AllocatedBytesPerRequest { get; init; }

    public required LatencyReport Reads { get; init; }

    public required LatencyReport Writes { get; init; }

    public required LatencyReport Flushes { get; init; }

    /// <summary>How long the flush at the end took; null where nothing was written.</summary>
    public required double? FinalFlushMilliseconds { get; init; }

    /// <summary>Stopped before its time.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>The same for a person.</summary>
    public void Print()
    {
        Line($"{Pattern.ToString().ToLowerInvariant()}, {ReadPercent} % reads, {ByteSize.Format(SizeBytes)}, depth {Depth}, ack {Ack.ToString().ToLowerInvariant()}, {ReplicasActive} replicas, {Seconds:0.0} s");
        Line($"{Iops:0} IOPS, {MebibytesPerSecond:0.0} MiB/s, {AllocatedBytesPerRequest:0.0} bytes allocated a request");
        Print("reads", Reads);
        Print("writes", Writes);
        Print("flushes", Flushes);
        if (FinalFlushMilliseconds is { } milliseconds)
        {
            Line($"final flush: {milliseconds:0.0} ms (what was written is durable now)");
        }
    }

    private static void Print(string what, LatencyReport latency)
    {
        if (latency.Count > 0)
        {
            Line($"{what}: {latency.Count}, µs: mean {latency.MeanMicroseconds:0.0}, p50 {latency.P50Microseconds:0.0}, p99 {latency.P99Microseconds:0.0}, p99.9 {latency.P999Microseconds:0.0}, max {latency.MaxMicroseconds:0.0}");
        }
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>Times from the call to its answer.</summary>
internal sealed record LatencyReport(
    long Count,
    double MeanMicroseconds,
    double P50Microseconds,
    double P99Microseconds,
    double P999Microseconds,
    double MaxMicroseconds)
{
    public static LatencyReport Of(IEnumerable<LatencyHistogram> histograms)
    {
        var all = new LatencyHistogram();
        foreach (var histogram in histograms)
        {
            all.Add(histogram);
        }

        return new LatencyReport(
            all.Count,
            Math.Round(all.MeanMicroseconds, 2),
            all.PercentileMicroseconds(0.5),
            all.PercentileMicroseconds(0.99),
            all.PercentileMicroseconds(0.999),
            all.Max.TotalMicroseconds);
    }
}
