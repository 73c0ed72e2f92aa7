using System.Globalization;
using System.Text;

namespace Crucible.Hosting;

/// <summary>Names as Prometheus wants them: <c>crucible.upstairs.written</c> in <c>By</c> is <c>crucible_upstairs_written_bytes_total</c>.</summary>
internal static class PrometheusNames
{
    /// <summary>The name of an instrument's family.</summary>
    public static string Of(string name, string? unit, SeriesKind kind)
    {
        var text = Clean(name, colons: true);
        var suffix = SuffixOf(unit);
        if (suffix.Length > 0 && !text.EndsWith(suffix, StringComparison.Ordinal))
        {
            text += suffix;
        }

        // A gauge's name must not look like the count of a histogram.
        if (kind == SeriesKind.Gauge && text.EndsWith("_count", StringComparison.Ordinal))
        {
            text = string.Concat(text.AsSpan(0, text.Length - "count".Length), "number");
        }

        return kind == SeriesKind.Counter && !text.EndsWith("_total", StringComparison.Ordinal) ? text + "_total" : text;
    }

    /// <summary>A label's name; <c>error.type</c> is <c>error_type</c>.</summary>
    public static string OfLabel(string name)
    {
        var text = Clean(name, colons: false);

        // Names with two underscores in front are Prometheus's own; `le` is what tells buckets apart.
        return text.StartsWith("__", StringComparison.Ordinal) || text == "le" ? "label" + text : text;
    }

    // Unit names of UCUM, as instruments bear them; {job} and the like only annotate.
    private static string SuffixOf(string? unit) => unit switch
    {
        null or "" => "",
        "s" => "_seconds",
        "ms" => "_milliseconds",
        "By" => "_bytes",
        "By/s" => "_bytes_per_second",
        "1" => "_ratio",
        "%" => "_percent",
        ['{', .., '}'] => "",
        _ => $"_{Clean(unit, colons: false)}",
    };

    private static string Clean(string name, bool colons)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c == '_' || (colons && c == ':') ? c : '_');
        }

        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            text.Insert(0, '_');
        }

        return text.ToString();
    }
}

/// <summary>The labels of a series, written: <c>operation="read",replica="0"</c>.</summary>
/// <param name="meter">The meter's tags.</param>
/// <param name="instrument">The instrument's tags, which win over the meter's.</param>
internal sealed class PrometheusLabels(
    IEnumerable<KeyValuePair<string, object?>>? meter, IEnumerable<KeyValuePair<string, object?>>? instrument)
{
    private readonly KeyValuePair<string, object?>[] _own = [.. meter ?? [], .. instrument ?? []];
    private string? _text;

    /// <summary>Where a measurement bears no tags of its own.</summary>
    public string Text => _text ??= With([]);

    /// <summary>With those of a measurement, which win over the others.</summary>
    public string With(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _own)
        {
            labels[PrometheusNames.OfLabel(name)] = TextOf(value);
        }

        foreach (var (name, value) in tags)
        {
            labels[PrometheusNames.OfLabel(name)] = TextOf(value);
        }

        return string.Join(',', labels.Where(l => l.Value.Length > 0).Select(l => $"{l.Key}=\"{Escape(l.Value)}\""));
    }

    private static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string TextOf(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
