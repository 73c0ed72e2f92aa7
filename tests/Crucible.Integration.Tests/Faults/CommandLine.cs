using System.Globalization;

namespace Crucible.Integration.Tests.Faults;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal static class CommandLine
{
    public static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at < 0 || at + 1 == arguments.Length ? null : arguments[at + 1];
    }

    public static int Number(string[] arguments, string name, int standard) =>
        Text(arguments, name) is { } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : standard;
}
