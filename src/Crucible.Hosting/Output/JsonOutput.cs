using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crucible.Hosting;

/// <summary>How every <c>--json</c> report is written: camelCase names, enums by name, one document a report.</summary>
public static class JsonOutput
{
    /// <summary>One line a document: for pipes, files and logs.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    /// <summary>Indented: for eyes.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>Writes one document and a line end to standard output, indented when that is a terminal.</summary>
    public static void WriteLine<T>(T report) => WriteLine(Console.Out, report, indented: !Console.IsOutputRedirected);

    /// <summary>Writes one document and a line end.</summary>
    public static void WriteLine<T>(TextWriter output, T report, bool indented)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.WriteLine(JsonSerializer.Serialize(report, indented ? Indented : Compact));
    }

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General)
        {
            // Reports are read by programs and people, never pasted into HTML: a path or a µ stays itself.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = indented,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
