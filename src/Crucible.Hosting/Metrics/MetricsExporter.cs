using System.Diagnostics.Metrics;

namespace Crucible.Hosting;

/// <summary>
/// Listens to the meters of this process and tells them as Prometheus text. Without one of these nothing listens: counters
/// are then plain numbers that nobody asks for, and a histogram costs one branch.
/// </summary>
public sealed class MetricsExporter : IDisposable
{
    /// <summary>The type of what <see cref="Collect"/> returns.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<InstrumentSeries> _instruments = [];
    private readonly Func<Meter, bool> _wanted;
    private long _scrapes;

    /// <summary>Listens to the meters of Crucible and of the runtime.</summary>
    public MetricsExporter()
        : this(meter => meter.Name.StartsWith("Crucible.", StringComparison.Ordinal) || meter.Name == "System.Runtime")
    {
    }

    internal MetricsExporter(Func<Meter, bool> wanted)
    {
        _wanted = wanted;
        _listener.InstrumentPublished = OnPublished;
        _listener.MeasurementsCompleted = OnCompleted;
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => Record(state, (double)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(state, value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments, and writes everything: one scrape at a time.</summary>
    public string Collect()
    {
        lock (_lock)
        {
            _scrapes++;
            foreach (var instrument in _instruments)
            {
                instrument.BeginScrape(_scrapes);
            }

            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // An instrument whose owner is just being closed: its series are missing this time.
            }

            return PrometheusText.Write(_instruments);
        }
    }

    /// <summary>Listens no more.</summary>
    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((InstrumentSeries)state!).Record(value, tags);

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (_wanted(instrument.Meter) && InstrumentSeries.TryCreate(instrument) is { } series)
        {
            lock (_lock)
            {
                _instruments.Add(series);
            }

            listener.EnableMeasurementEvents(instrument, series);
        }
    }

    private void OnCompleted(Instrument instrument, object? state)
    {
        lock (_lock)
        {
            _instruments.Remove((InstrumentSeries)state!);
        }
    }
}
