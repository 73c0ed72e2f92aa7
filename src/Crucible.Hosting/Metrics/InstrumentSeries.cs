using System.Diagnostics.Metrics;

namespace Crucible.Hosting;

/// <summary>What an instrument's values mean.</summary>
internal enum SeriesKind
{
    /// <summary>Only rises: <c>_total</c>.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counted by size.</summary>
    Histogram,
}

/// <summary>The series of one instrument: one for each set of tags that its measurements bear.</summary>
internal sealed class InstrumentSeries
{
    /// <summary>Most series of one instrument (I7): tags are few by rule, and a rule that is broken shall not fill memory.</summary>
    public const int MaxSeries = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Series> _byLabels = new(StringComparer.Ordinal);
    private readonly PrometheusLabels _own;
    private readonly bool _observable;
    private readonly bool _adds;
    private readonly double[] _bounds;
    private Series? _plain;
    private long _scrape;

    private InstrumentSeries(Instrument instrument, SeriesKind kind, bool adds)
    {
        Kind = kind;
        _adds = adds;
        _observable = instrument.IsObservable;
        _bounds = kind == SeriesKind.Histogram ? HistogramBounds.Of(instrument) : [];
        _own = new PrometheusLabels(instrument.Meter.Tags, instrument.Tags);
        Name = PrometheusNames.Of(instrument.Name, instrument.Unit, kind);
        Help = instrument.Description ?? "";
    }

    public SeriesKind Kind { get; }

    /// <summary>The name of its family.</summary>
    public string Name { get; }

    public string Help { get; }

    /// <summary>The series of an instrument; null where its kind is not known here.</summary>
    public static InstrumentSeries? TryCreate(Instrument instrument)
    {
        var type = instrument.GetType();
        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return generic switch
        {
            _ when generic == typeof(Counter<>) => new(instrument, SeriesKind.Counter, adds: true),
            _ when generic == typeof(ObservableCounter<>) => new(instrument, SeriesKind.Counter, adds: false),
            _ when generic == typeof(UpDownCounter<>) => new(instrument, SeriesKind.Gauge, adds: true),
            _ when generic == typeof(ObservableUpDownCounter<>) => new(instrument, SeriesKind.Gauge, adds: false),
            _ when generic == typeof(Gauge<>) => new(instrument, SeriesKind.Gauge, adds: false),
            _ when generic == typeof(ObservableGauge<>) => new(instrument, SeriesKind.Gauge, adds: false),
            _ when generic == typeof(Histogram<>) => new(instrument, SeriesKind.Histogram, adds: true),
            _ => null,
        };
    }

    /// <summary>Takes a measurement. Allocates nothing where it bears no tags of its own, which is what hot paths do.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            if (Find(tags) is not { } series)
            {
                return;
            }

            series.Scrape = _scrape;
            series.Value = _adds ? series.Value + value : value;
            if (Kind == SeriesKind.Histogram)
            {
                series.Count++;
                series.Buckets[HistogramBounds.IndexOf(_bounds, value)]++;
            }
        }
    }

    /// <summary>What an observable instrument does not tell from now on is gone.</summary>
    public void BeginScrape(long scrape)
    {
        lock (_lock)
        {
            _scrape = scrape;
        }
    }

    /// <summary>Writes all series, in the order of their labels.</summary>
    public void WriteTo(PrometheusWriter writer)
    {
        lock (_lock)
        {
            if (_observable)
            {
                DropUnobserved();
            }

            if (_plain is not null)
            {
                Write(writer, _plain);
            }

            foreach (var (_, series) in _byLabels.OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                Write(writer, series);
            }
        }
    }

    private void DropUnobserved()
    {
        _plain = _plain?.Scrape == _scrape ? _plain : null;
        foreach (var (labels, series) in _byLabels)
        {
            if (series.Scrape != _scrape)
            {
                _byLabels.Remove(labels);
            }
        }
    }

    private Series? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return _plain ??= new Series(_own.Text, _bounds.Length);
        }

        var labels = _own.With(tags);
        if (!_byLabels.TryGetValue(labels, out var series) && _byLabels.Count < MaxSeries)
        {
            _byLabels.Add(labels, series = new Series(labels, _bounds.Length));
        }

        return series;
    }

    private void Write(PrometheusWriter writer, Series series)
    {
        if (Kind == SeriesKind.Histogram)
        {
            writer.Histogram(Name, series.Labels, _bounds, series.Buckets, series.Value, series.Count);
        }
        else
        {
            writer.Sample(Name, series.Labels, series.Value);
        }
    }

    private sealed class Series(string labels, int bounds)
    {
        public string Labels { get; } = labels;

        /// <summary>One more than there are bounds: the last is for what is beyond all of them.</summary>
        public long[] Buckets { get; } = new long[bounds + 1];

        /// <summary>The value; a histogram's sum.</summary>
        public double Value { get; set; }

        public long Count { get; set; }

        public long Scrape { get; set; }
    }
}
