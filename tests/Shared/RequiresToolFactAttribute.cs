namespace Crucible.Tests.Shared;

/// <summary>A fact that needs programs found on PATH, and is skipped with their names where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresToolFactAttribute : FactAttribute
{
    // A service's or a plain user's PATH often leaves out where Debian keeps programs such as nbd-client.
    private static readonly string[] SystemFolders = ["/usr/sbin", "/sbin"];

    public RequiresToolFactAttribute(params string[] tools)
    {
        Tools = tools;
        var missing = tools.Where(tool => FindTool(tool) is null).ToArray();
        if (missing.Length > 0)
        {
            Skip = $"not installed: {string.Join(", ", missing)}";
        }
    }

    public IReadOnlyList<string> Tools { get; }

    /// <summary>The full path of a program, or null where there is none.</summary>
    public static string? FindTool(string tool)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string file)
    {
        const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & AnyExecute) != 0);
    }
}
