using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crucible.Hosting;

/// <summary>The line with which a program shows what it was started with.</summary>
public static class OptionsLine
{
    /// <summary>
    /// <c>raw options: { address: 0.0.0.0, port: 3801, data: "var/3801", create: true }</c>. Strings and paths are quoted,
    /// lists stand in brackets, nulls are left out, and a <see cref="Secret"/> shows that it is there, no more.
    /// </summary>
    public static string Format(params ReadOnlySpan<(string Name, object? Value)> options)
    {
        var line = new StringBuilder("raw options: {");
        var separator = " ";
        foreach (var (name, value) in options)
        {
            if (value is null or Secret { Value: null })
            {
                continue;
            }

            line.Append(separator).Append(name).Append(": ");
            Append(line, value);
            separator = ", ";
        }

        return line.Append(" }").ToString();
    }

    private static void Append(StringBuilder line, object? value)
    {
        switch (value)
        {
            case null:
                line.Append("null");
                break;
            case string text:
                line.Append('"').Append(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append('"');
                break;
            case FileSystemInfo path:
                Append(line, path.ToString());
                break;
            case bool flag:
                line.Append(flag ? "true" : "false");
                break;
            case Enum choice:
                line.Append(choice.ToString().ToLowerInvariant());
                break;
            case TimeSpan time:
                line.Append(Duration.Format(time));
                break;
            case IEnumerable list:
                AppendList(line, list);
                break;
            default:
                line.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }

    private static void AppendList(StringBuilder line, IEnumerable list)
    {
        line.Append('[');
        var separator = "";
        foreach (var item in list)
        {
            line.Append(separator);
            Append(line, item);
            separator = ", ";
        }

        line.Append(']');
    }
}
