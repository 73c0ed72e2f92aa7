using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class BenchTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task The_json_report_tells_what_was_measured_and_how()
    {
        var run = await trio.UpstairsAsync(
            "bench", "--pattern", "random", "--mix", "30", "--size", "4KiB", "--depth", "4", "--time", "500ms", "--warm-up", "100ms",
            "--range", "64KiB:256KiB", "--flush-every", "50", "--seed", "3", "--ack", "quorum", "--json");

        run.Expect(0);
        using var json = JsonDocument.Parse(run.Output);
        var report = json.RootElement;
        Assert.Equal("random", report.GetProperty("pattern").GetString());
        Assert.Equal(30, report.GetProperty("readPercent").GetInt32());
        Assert.Equal(4096, report.GetProperty("sizeBytes").GetInt32());
        Assert.Equal(4, report.GetProperty("depth").GetInt32());
        Assert.Equal("quorum", report.GetProperty("ack").GetString());
        Assert.Equal(65_536, report.GetProperty("rangeOffset").GetInt64());
        Assert.Equal(262_144, report.GetProperty("rangeBytes").GetInt64());
        Assert.Equal(3, report.GetProperty("replicasActive").GetInt32());
        Assert.InRange(report.GetProperty("seconds").GetDouble(), 0.3, 60);
        Assert.True(report.GetProperty("iops").GetDouble() > 0);
        Assert.True(report.GetProperty("mibPerSecond").GetDouble() > 0);
        Assert.True(report.GetProperty("allocatedBytesPerRequest").GetDouble() >= 0);
        Assert.True(report.GetProperty("finalFlushMilliseconds").GetDouble() > 0);
        Assert.False(report.GetProperty("interrupted").GetBoolean());
        Assert.Equal(
            report.GetProperty("requests").GetInt64(),
            report.GetProperty("reads").GetProperty("count").GetInt64() + report.GetProperty("writes").GetProperty("count").GetInt64());
        Assert.True(report.GetProperty("flushes").GetProperty("count").GetInt64() > 0);
        foreach (var kind in new[] { "reads", "writes" })
        {
            var latency = report.GetProperty(kind);
            Assert.True(latency.GetProperty("p50Microseconds").GetDouble() > 0);
            Assert.True(latency.GetProperty("p99Microseconds").GetDouble() >= latency.GetProperty("p50Microseconds").GetDouble());
            Assert.True(latency.GetProperty("p999Microseconds").GetDouble() >= latency.GetProperty("p99Microseconds").GetDouble());
            Assert.True(latency.GetProperty("maxMicroseconds").GetDouble() >= latency.GetProperty("p999Microseconds").GetDouble());
        }
    }

    [Fact]
    public async Task An_interrupted_bench_reports_what_it_has()
    {
        using var bench = trio.StartUpstairs("bench", "--time", "10m", "--warm-up", "0", "--json", "-v");
        await bench.WaitForErrorAsync("the command begins");

        await bench.SignalAsync("INT");

        using var json = JsonDocument.Parse((await bench.FinishAsync()).Expect(130).Output);
        Assert.True(json.RootElement.GetProperty("interrupted").GetBoolean());
    }
}
