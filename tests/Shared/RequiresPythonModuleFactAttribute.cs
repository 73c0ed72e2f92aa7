using System.Collections.Concurrent;
using System.Diagnostics;

namespace Crucible.Tests.Shared;

/// <summary>
/// A fact that needs modules of the system's python, and is skipped with their names where one is missing. Distributions
/// install modules for that python alone, which need not be the first one on PATH.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresPythonModuleFactAttribute : FactAttribute
{
    public const string Python = "/usr/bin/python3";

    private static readonly ConcurrentDictionary<string, Lazy<bool>> Known = new(StringComparer.Ordinal);

    public RequiresPythonModuleFactAttribute(params string[] modules)
    {
        Modules = modules;
        if (!File.Exists(Python))
        {
            Skip = $"not installed: {Python}";
            return;
        }

        var missing = modules.Where(module => !IsInstalled(module)).ToArray();
        if (missing.Length > 0)
        {
            Skip = $"not installed for {Python}: {string.Join(", ", missing)}";
        }
    }

    public IReadOnlyList<string> Modules { get; }

    private static bool IsInstalled(string module) =>
        Known.GetOrAdd(module, static name => new Lazy<bool>(() => CanImport(name))).Value;

    private static bool CanImport(string module)
    {
        var start = new ProcessStartInfo(Python, ["-c", "import sys, importlib; importlib.import_module(sys.argv[1])", module])
        {
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
