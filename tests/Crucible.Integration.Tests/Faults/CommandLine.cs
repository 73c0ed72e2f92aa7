using System.Globalization;

namespace Crucible.Integration.Tests.Faults;

/// <summary>Options of the form <c>--name value</c>, and flags without a value.</summary>
internal static class CommandLine
{
    public static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 || at + 1 == arguments.Length ? null : arguments[at + 1];
    }

    public static int Number(string[] arguments, string name, int standard) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : standard;

    /// <summary>What is wrong with arguments that follow a command; null: nothing.</summary>
    /// <param name="arguments">Without the command.</param>
    /// <param name="numbers">Options that take a whole number of at least one.</param>
    /// <param name="texts">Options that take one of some words.</param>
    /// <param name="flags">Options without a value.</param>
    public static string? Problem(
        ReadOnlySpan<string> arguments, string[] numbers, Dictionary<string, string[]>? texts = null, string[]? flags = null)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (!seen.Add(name))
            {
                return $"{name} is given twice";
            }

            if (flags?.Contains(name) == true)
            {
                continue;
            }

            string[]? words = null;
            if (!numbers.Contains(name) && texts?.TryGetValue(name, out words) != true)
            {
                return $"no such option: {name}";
            }

            if (++i == arguments.Length)
            {
                return $"{name} lacks its value";
            }

            if (words is null && !(int.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0))
            {
                return $"{name} takes a whole number from 1 on, not '{arguments[i]}'";
            }

            if (words is not null && !words.Contains(arguments[i]))
            {
                return $"{name} takes one of: {string.Join(", ", words)}; not '{arguments[i]}'";
            }
        }

        return null;
    }
}
