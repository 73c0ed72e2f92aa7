using System.CommandLine;
using System.CommandLine.Parsing;

namespace Crucible.Hosting;

/// <summary>Gives options a value from outside the command line, which always wins.</summary>
public static class OptionFallback
{
    /// <summary>
    /// When the option is not on the command line, its value comes from an environment variable, else from
    /// <c>appsettings.json</c> in the working directory, else it stays as it was (a default, or required).
    /// </summary>
    /// <param name="option">Configured in full: its parser and its choices judge the value from outside too.</param>
    /// <param name="variable">Such as <c>CRUCIBLE_ACK</c>; commas separate the values of an option that takes several.</param>
    /// <param name="setting">Member of the settings file, such as <c>ack</c> or <c>trace:endpoint</c>.</param>
    /// <returns>The same option.</returns>
    /// <remarks>A value that does not parse is an error of usage that names its origin, never ignored.</remarks>
    public static Option<T> WithFallback<T>(this Option<T> option, string variable, string setting) =>
        option.WithFallback(variable, setting, FallbackSource.Process);

    internal static Option<T> WithFallback<T>(this Option<T> option, string variable, string setting, FallbackSource source)
    {
        ArgumentNullException.ThrowIfNull(option);
        var found = source.Find(variable, setting, option.Arity.MaximumNumberOfValues > 1);
        if (found is not null)
        {
            option.DefaultValueFactory = argument => Read(option, found, argument)!;
        }

        return option;
    }

    private static T? Read<T>(Option<T> option, FallbackValue found, ArgumentResult argument)
    {
        if (found.Error is not null)
        {
            argument.AddError(found.Error);
            return default;
        }

        // The option reads it as if it had been typed, alone in a command of its own.
        string[] typed = [.. found.Values.SelectMany(value => new[] { option.Name, value })];
        var plain = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parse = new Command("fallback") { option }.Parse(typed, plain);
        foreach (var error in parse.Errors)
        {
            argument.AddError($"{found.Origin}: {ParseMessages.InWords(error.Message)}");
        }

        return parse.Errors.Count == 0 ? parse.GetValue(option) : default;
    }
}
