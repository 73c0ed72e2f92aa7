using System.Globalization;
using System.Text;

namespace Crucible.Upstairs.Program;

/// <summary>Processes with a mark in their environment, and all that descend from them, as <c>/proc</c> shows them.</summary>
internal static class MarkedProcesses
{
    /// <summary>Their ids. Those that have ended and wait for their parent to notice are not among them.</summary>
    public static List<int> Find(string mark)
    {
        var bytes = Encoding.ASCII.GetBytes(mark);
        var parents = new SortedDictionary<int, int>();
        var found = new SortedSet<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && id != Environment.ProcessId
                && ParentOf(folder) is { } parent)
            {
                parents.Add(id, parent);
                if (Read(folder, "environ").AsSpan().IndexOf(bytes) >= 0)
                {
                    found.Add(id);
                }
            }
        }

        // A child may have a lower id than its parent, once ids have begun anew.
        var before = -1;
        while (found.Count > before)
        {
            before = found.Count;
            foreach (var (id, parent) in parents)
            {
                if (found.Contains(parent))
                {
                    found.Add(id);
                }
            }
        }

        return [.. found];
    }

    // Null: it is gone, or as good as.
    private static int? ParentOf(string folder)
    {
        // The name before, in brackets, may hold anything.
        var stat = Encoding.UTF8.GetString(Read(folder, "stat"));
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is [not ("Z" or "X"), var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : null;
    }

    private static byte[] Read(string folder, string file)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone, or another user's.
            return [];
        }
    }
}
