using System.Diagnostics.Metrics;
using Crucible.Tests.Prometheus;

namespace Crucible.Hosting.Tests;

public sealed class MetricsExporterTests : IDisposable
{
    private readonly Meter _meter = new(new MeterOptions($"Tests.{Guid.NewGuid()}") { Tags = [new("volume", "v1")] });
    private readonly MetricsExporter _exporter;

    public MetricsExporterTests()
    {
        _exporter = new MetricsExporter(meter => meter == _meter);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_and_end_in_total()
    {
        var counter = _meter.CreateCounter<long>("a.b.written", "By", "Bytes written.");
        counter.Add(5);
        counter.Add(7);

        var scrape = Scrape();

        Assert.Equal(12, scrape.Value("a_b_written_bytes_total"));
        Assert.Equal("counter", scrape.Types["a_b_written_bytes_total"]);
    }

    [Fact]
    public void Counters_that_are_asked_tell_what_they_are_and_not_a_sum_of_answers()
    {
        _meter.CreateObservableCounter("asked", () => 42L, "{job}", "Asked.");

        Scrape();

        Assert.Equal(42, Scrape().Value("asked_total"));
    }

    [Fact]
    public void Counters_that_go_up_and_down_are_gauges()
    {
        var active = _meter.CreateUpDownCounter<int>("jobs.active", "{job}", "Jobs.");
        active.Add(5);
        active.Add(-2);
        _meter.CreateObservableUpDownCounter("asked.active", () => 3, "{job}", "Jobs.");
        _meter.CreateGauge<double>("load", null, "Load.").Record(0.25);

        var scrape = Scrape();

        Assert.Equal(3, scrape.Value("jobs_active"));
        Assert.Equal(3, scrape.Value("asked_active"));
        Assert.Equal(0.25, scrape.Value("load"));
        Assert.Equal("gauge", scrape.Types["jobs_active"]);
    }

    [Fact]
    public void Histograms_count_a_value_in_its_bucket_and_in_all_above()
    {
        var histogram = _meter.CreateHistogram(
            "took", "s", "Time.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 100 })
        {
            histogram.Record(value);
        }

        var scrape = Scrape();

        Assert.Equal(2, scrape.Value("took_seconds_bucket", ("le", "0.1")));
        Assert.Equal(3, scrape.Value("took_seconds_bucket", ("le", "1")));
        Assert.Equal(3, scrape.Value("took_seconds_bucket", ("le", "10")));
        Assert.Equal(4, scrape.Value("took_seconds_bucket", ("le", "+Inf")));
        Assert.Equal(4, scrape.Value("took_seconds_count"));
        Assert.Equal(100.65, scrape.Value("took_seconds_sum"), 6);
    }

    [Fact]
    public void Labels_come_from_meter_instrument_and_measurement_and_the_nearest_wins()
    {
        _meter.CreateCounter<long>("one", null, "One.", [new("operation", "read"), new("volume", "v2")]).Add(1);
        _meter.CreateCounter<long>("two", null, "Two.").Add(1, new KeyValuePair<string, object?>("replica", 2), new("error.type", "io"));

        var scrape = Scrape();

        Assert.Equal(1, scrape.Value("one_total", ("operation", "read"), ("volume", "v2")));
        Assert.Equal(1, scrape.Value("two_total", ("replica", "2"), ("error_type", "io"), ("volume", "v1")));
    }

    [Fact]
    public void Names_and_values_of_labels_and_help_are_escaped()
    {
        const string Nasty = "a\\b\"c\nd}";
        _meter.CreateCounter<long>("1st-counter/of many", null, "Back\\slash\nand line.").Add(
            1, new KeyValuePair<string, object?>("le", Nasty), new("__mine", "x"), new("9", "y"));

        var scrape = Scrape();

        Assert.Equal(1, scrape.Value("_1st_counter_of_many_total", ("labelle", Nasty), ("label__mine", "x"), ("_9", "y")));
    }

    [Fact]
    public void What_is_not_a_number_is_told_as_prometheus_writes_it()
    {
        _meter.CreateGauge<double>("up", null, "Up.").Record(double.PositiveInfinity);
        _meter.CreateGauge<double>("down", null, "Down.").Record(double.NegativeInfinity);
        _meter.CreateGauge<double>("none", null, "None.").Record(double.NaN);

        var scrape = Scrape();

        Assert.Equal(double.PositiveInfinity, scrape.Value("up"));
        Assert.Equal(double.NegativeInfinity, scrape.Value("down"));
        Assert.Equal(double.NaN, scrape.Value("none"));
    }

    [Fact]
    public void A_series_that_is_not_told_any_more_is_gone()
    {
        var state = "connecting";
        _meter.CreateObservableGauge("state", () => new Measurement<int>(1, new KeyValuePair<string, object?>("state", state)), null, "State.");
        Assert.Equal("connecting", Assert.Single(Scrape().Samples).Labels["state"]);

        state = "active";

        Assert.Equal("active", Assert.Single(Scrape().Samples).Labels["state"]);
    }

    [Fact]
    public void The_instruments_of_a_meter_that_ended_are_gone()
    {
        _meter.CreateCounter<long>("gone", null, "Gone.").Add(1);
        Assert.Single(Scrape().Samples);

        _meter.Dispose();

        Assert.Empty(Scrape().Samples);
    }

    [Fact]
    public void Two_meters_with_the_same_instrument_share_one_family()
    {
        using var other = new Meter(new MeterOptions($"Tests.{Guid.NewGuid()}") { Tags = [new("volume", "v2")] });
        using var exporter = new MetricsExporter(meter => meter == _meter || meter == other);
        _meter.CreateCounter<long>("shared", null, "Shared.").Add(1);
        other.CreateCounter<long>("shared", null, "Shared.").Add(2);

        var scrape = PrometheusScrape.Parse(exporter.Collect());

        Assert.Equal(1, scrape.Value("shared_total", ("volume", "v1")));
        Assert.Equal(2, scrape.Value("shared_total", ("volume", "v2")));
    }

    [Fact]
    public void I7_tags_without_bound_fill_no_memory()
    {
        var counter = _meter.CreateCounter<long>("unbounded", null, "Unbounded.");
        for (var i = 0; i < InstrumentSeries.MaxSeries + 500; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("job", i));
        }

        Assert.Equal(InstrumentSeries.MaxSeries, Scrape().Samples.Count);
    }

    [Fact]
    public void An_instrument_whose_owner_fails_costs_its_own_series_alone()
    {
        _meter.CreateObservableCounter("broken", Closed, null, "Broken.");
        _meter.CreateObservableCounter("sound", () => 1L, null, "Sound.");

        Assert.Equal(1, Scrape().Value("sound_total"));
    }

    [Fact]
    public void Recording_without_tags_allocates_nothing()
    {
        var histogram = _meter.CreateHistogram<double>("took", "s", "Time.", [new("operation", "read")]);
        histogram.Record(0.5);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            histogram.Record(0.001);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10_001, Scrape().Value("took_seconds_count"));
    }

    private static long Closed() => throw new InvalidOperationException("closed");

    private PrometheusScrape Scrape() => PrometheusScrape.Parse(_exporter.Collect());
}
