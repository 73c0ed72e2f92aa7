using System.Globalization;
using System.Text.RegularExpressions;

namespace Crucible.Tests.Prometheus;

/// <summary>A sample of a scrape.</summary>
/// <param name="Name">Of the sample, with <c>_bucket</c> and the like.</param>
/// <param name="Labels">By name, unescaped.</param>
/// <param name="Value">The value.</param>
internal sealed record PrometheusSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>
/// A strict reader of the text format 0.0.4: anything that Prometheus or its linter would object to fails the test.
/// </summary>
internal sealed partial class PrometheusScrape
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _helped = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<PrometheusSample> _samples = [];
    private string _family = "";

    private PrometheusScrape()
    {
    }

    public IReadOnlyList<PrometheusSample> Samples => _samples;

    /// <summary>Type by family.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    public static PrometheusScrape Parse(string text)
    {
        var scrape = new PrometheusScrape();
        Assert.True(text.Length == 0 || text.EndsWith('\n'), "the last line has no end");
        foreach (var line in text.Split('\n')[..^1])
        {
            scrape.Add(line);
        }

        Assert.All(scrape._types.Keys, family => Assert.Contains(family, scrape._helped));
        foreach (var family in scrape._types.Where(t => t.Value == "histogram").Select(t => t.Key))
        {
            scrape.CheckHistogram(family);
        }

        return scrape;
    }

    /// <summary>The value of the one sample with this name and (at least) these labels.</summary>
    public double Value(string name, params (string Name, string Value)[] labels) => Assert.Single(
        _samples, s => s.Name == name && labels.All(l => s.Labels.TryGetValue(l.Name, out var value) && value == l.Value)).Value;

    private void Add(string line)
    {
        if (HelpLine().Match(line) is { Success: true } help)
        {
            Assert.True(_helped.Add(help.Groups[1].Value), $"two HELP lines: {line}");
            return;
        }

        if (TypeLine().Match(line) is { Success: true } type)
        {
            _family = type.Groups[1].Value;
            Assert.True(_types.TryAdd(_family, type.Groups[2].Value), $"two TYPE lines, or a family in two parts: {line}");
            Assert.Equal(type.Groups[2].Value == "counter", _family.EndsWith("_total", StringComparison.Ordinal));
            return;
        }

        var match = SampleLine().Match(line);
        Assert.True(match.Success, $"no line of the format: {line}");
        var name = match.Groups[1].Value;
        Assert.True(BelongsToFamily(name), $"{name} stands under {_family}");
        var labels = LabelsOf(match.Groups[2].Value);
        Assert.True(_seen.Add($"{name}|{string.Join('|', labels.OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}"))}"), $"twice: {line}");
        _samples.Add(new PrometheusSample(name, labels, NumberOf(match.Groups[3].Value)));
    }

    private bool BelongsToFamily(string name) => _types.GetValueOrDefault(_family) == "histogram"
        ? name == $"{_family}_bucket" || name == $"{_family}_sum" || name == $"{_family}_count"
        : name == _family;

    private static Dictionary<string, string> LabelsOf(string text)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text.Length == 0)
        {
            return labels;
        }

        var rest = text[1..^1];
        while (rest.Length > 0)
        {
            var match = Label().Match(rest);
            Assert.True(match.Success, $"no label: {rest}");
            labels.Add(match.Groups[1].Value, Unescape(match.Groups[2].Value));
            rest = rest[match.Length..];
        }

        return labels;
    }

    private static string Unescape(string value) =>
        Escape().Replace(value, m => m.Value switch { "\\n" => "\n", "\\\"" => "\"", _ => "\\" });

    private static double NumberOf(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private void CheckHistogram(string family)
    {
        var series = _samples.Where(s => s.Name.StartsWith(family + "_", StringComparison.Ordinal))
            .GroupBy(s => string.Join('|', s.Labels.Where(l => l.Key != "le").OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}")));
        foreach (var one in series)
        {
            var buckets = one.Where(s => s.Name == $"{family}_bucket").ToList();
            var bounds = buckets.Select(b => NumberOf(b.Labels["le"])).ToList();
            Assert.Equal(bounds.Order(), bounds);
            Assert.Equal(buckets.Select(b => b.Value).Order(), buckets.Select(b => b.Value));
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            Assert.Equal(one.Single(s => s.Name == $"{family}_count").Value, buckets[^1].Value);
            Assert.Single(one, s => s.Name == $"{family}_sum");
        }
    }

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)+$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[^""}]|""(?:[^""\\]|\\.)*"")*\})? ([-+]?[0-9.eE+-]+|[-+]Inf|NaN)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"^([a-zA-Z_][a-zA-Z0-9_]*)=""((?:[^""\\\n]|\\\\|\\""|\\n)*)""(?:,|$)")]
    private static partial Regex Label();

    [GeneratedRegex(@"\\(?:n|""|\\)")]
    private static partial Regex Escape();
}
