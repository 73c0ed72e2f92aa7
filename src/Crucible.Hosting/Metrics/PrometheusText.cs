using System.Globalization;
using System.Text;

namespace Crucible.Hosting;

/// <summary>The text format 0.0.4: families by name, each with one HELP and one TYPE line, then its samples.</summary>
internal static class PrometheusText
{
    /// <summary>Writes every instrument that has a series.</summary>
    public static string Write(IReadOnlyList<InstrumentSeries> instruments)
    {
        var writer = new PrometheusWriter();
        foreach (var family in instruments.GroupBy(i => i.Name, StringComparer.Ordinal).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            // Instruments of several meters may share a name; those that mean something else by it can't share a family.
            var first = family.First();
            writer.BeginFamily(first.Name, first.Help, first.Kind);
            foreach (var instrument in family.Where(i => i.Kind == first.Kind))
            {
                instrument.WriteTo(writer);
            }
        }

        return writer.ToString();
    }
}

/// <summary>Writes the lines of a scrape; a family without samples leaves none.</summary>
internal sealed class PrometheusWriter
{
    private readonly StringBuilder _text = new();
    private string? _head;

    public void BeginFamily(string name, string help, SeriesKind kind)
    {
        var escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _head = (escaped.Length > 0 ? $"# HELP {name} {escaped}\n" : "") + $"# TYPE {name} {kind.ToString().ToLowerInvariant()}\n";
    }

    public void Sample(string name, string labels, double value)
    {
        _text.Append(_head).Append(name);
        _head = null;
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <param name="name">The family's.</param>
    /// <param name="labels">Those of the series.</param>
    /// <param name="bounds">Upper bounds, ascending.</param>
    /// <param name="buckets">One more than bounds.</param>
    /// <param name="sum">Of all values.</param>
    /// <param name="count">Of all values.</param>
    public void Histogram(string name, string labels, double[] bounds, long[] buckets, double sum, long count)
    {
        var before = labels.Length > 0 ? labels + "," : "";
        long cumulative = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            cumulative += buckets[i];
            Sample($"{name}_bucket", $"{before}le=\"{Number(bounds[i])}\"", cumulative);
        }

        Sample($"{name}_bucket", $"{before}le=\"+Inf\"", count);
        Sample($"{name}_sum", labels, sum);
        Sample($"{name}_count", labels, count);
    }

    public override string ToString() => _text.ToString();

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
