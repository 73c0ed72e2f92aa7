using System.Text.Json;

namespace Crucible.Hosting;

/// <summary>Reads <c>appsettings.json</c>: the weakest source of an option's value, after the environment.</summary>
internal sealed class SettingsFile(string path)
{
    /// <summary>Far more than a person writes; a file beyond it is not ours.</summary>
    private const int LongestBytes = 1 << 20;

    private static readonly JsonDocumentOptions Lenient = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>The values of a setting, several if it is an array; null if the file or the setting is absent.</summary>
    /// <param name="name">Member names from the top, joined by colons; compared without regard to case.</param>
    /// <exception cref="UsageException">The file can't be read, is no JSON, or the setting is an object.</exception>
    public IReadOnlyList<string>? Find(string name)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }

            if (file.Length > LongestBytes)
            {
                throw new UsageException($"{path}: larger than {ByteSize.Format(LongestBytes)}");
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            return Find(document.RootElement, name.Split(':')) is { } element ? Values(element, name) : null;
        }
        catch (JsonException exception)
        {
            throw new UsageException($"{path}: not valid JSON: {OneLine.Of(exception.Message)}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {OneLine.Of(exception.Message)}", exception);
        }
    }

    private JsonElement? Find(JsonElement element, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new UsageException($"{path}: an object is expected round '{name}'");
            }

            var found = element.EnumerateObject().LastOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (found.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            {
                return null;
            }

            element = found.Value;
        }

        return element;
    }

    private List<string> Values(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(item => Values(item, name))],
        JsonValueKind.Object => throw new UsageException($"{path}: '{name}' must be a value, not an object"),
        JsonValueKind.String => [element.GetString()!],
        _ => [element.GetRawText()],
    };
}
