using System.CommandLine;

namespace Crucible.Upstairs.Program;

/// <summary>The option of commands that do something to one volume of a running server.</summary>
internal static class ExportOption
{
    public static Option<string?> Create() => new("--export")
    {
        Description = "Which volume, where one nbd server has several: the name of its export.",
        HelpName = "NAME",
    };
}
