using System.CommandLine;
using System.CommandLine.Parsing;

namespace Crucible.Upstairs.Program;

/// <summary>The option of commands that speak to a program which serves <c>--control</c>.</summary>
internal static class ControlOption
{
    /// <param name="what">What is at the address, for help.</param>
    /// <param name="required">There is no other way to reach it.</param>
    public static Option<Uri?> Create(string what, bool required = false) => new("--control")
    {
        CustomParser = FromArgument,
        Description = what,
        HelpName = "URL",
        Required = required,
    };

    private static Uri? FromArgument(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (Uri.TryCreate(url, UriKind.Absolute, out var address)
            && address is { Scheme: "http", AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
        {
            return address;
        }

        argument.AddError($"--control: '{text}' is not the address of a control port, such as http://127.0.0.1:9001");
        return null;
    }
}
