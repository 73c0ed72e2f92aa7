using System.CommandLine;
using System.CommandLine.Parsing;

namespace Crucible.Upstairs.Program;

/// <summary>An option that takes one of a few words.</summary>
internal static class Choice
{
    /// <summary>For <see cref="Option{T}.CustomParser"/>: the names of the enum, in small letters.</summary>
    public static T FromArgument<T>(ArgumentResult argument)
        where T : struct, Enum
    {
        var text = argument.Tokens[0].Value;
        foreach (var value in Enum.GetValues<T>())
        {
            if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        var name = argument.Parent is OptionResult option ? option.Option.Name : argument.Argument.Name;
        argument.AddError($"{name} must be {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}, not '{text}'");
        return default;
    }
}
