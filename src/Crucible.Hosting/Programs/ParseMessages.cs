using System.Text.RegularExpressions;

namespace Crucible.Hosting;

/// <summary>The parser's messages in the words of the command line: nobody who types knows <c>System.UInt64</c>.</summary>
internal static partial class ParseMessages
{
    /// <summary>One line, without names of types.</summary>
    public static string InWords(string message)
    {
        var line = OneLine.Of(message);
        var match = CannotParse().Match(line);
        return match.Success
            ? $"{match.Groups["name"].Value}: '{match.Groups["text"].Value}' is not {Choices(match.Groups["rest"].Value) ?? KindOf(match.Groups["type"].Value)}"
            : line;
    }

    private static string KindOf(string type) => type switch
    {
        _ when type.Contains("UInt", StringComparison.Ordinal) => "a whole number, 0 or more, that fits",
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number that fits",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("Guid", StringComparison.Ordinal) => "an id such as 9eb850dd-ae95-4545-a1d5-a8b3a7ad04e2",
        _ => "what is wanted here; --help tells",
    };

    // After its remark the parser lists the words that it would have taken.
    private static string? Choices(string rest)
    {
        const string Remark = "following?";
        var at = rest.IndexOf(Remark, StringComparison.Ordinal);
        return at < 0 ? null : $"one of {rest[(at + Remark.Length)..].Trim(',', ' ').ToLowerInvariant()}";
    }

    [GeneratedRegex("^Cannot parse argument '(?<text>.*)' for (?:option|command|argument) '(?<name>[^']*)' as expected type '(?<type>[^']*)'\\.?(?<rest>.*)$")]
    private static partial Regex CannotParse();
}
