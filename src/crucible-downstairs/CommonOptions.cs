using System.CommandLine;

namespace Crucible.Downstairs.Program;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string> Data(bool required = true) => new("--data", "-d")
    {
        Description = "The region's directory.",
        HelpName = "DIR",
        Required = required,
    };

    public static Option<bool> Json() => new("--json") { Description = "Report as one JSON document." };
}
