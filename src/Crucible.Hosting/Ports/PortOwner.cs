namespace Crucible.Hosting;

/// <summary>The process that listens on a port.</summary>
/// <param name="ProcessId">Its id.</param>
/// <param name="Name">Its name, as the kernel keeps it (at most 15 characters).</param>
public sealed record PortOwner(int ProcessId, string Name)
{
    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>Who listens on a TCP port; null when nobody does or it is a process that we may not look into.</summary>
    public static PortOwner? Find(int port)
    {
        var sockets = Tables
            .Where(File.Exists)
            .SelectMany(table => ListeningSockets.InodesOf(File.ReadLines(table), port))
            .Select(inode => $"socket:[{inode}]")
            .ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
        {
            return null;
        }

        return Processes()
            .Where(process => Holds(process, sockets))
            .Select(process => new PortOwner(process, NameOf(process)))
            .FirstOrDefault();
    }

    /// <summary><c>crucible-downst (pid 4711)</c>.</summary>
    public override string ToString() => $"{Name} (pid {ProcessId})";

    private static IEnumerable<int> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id))
            {
                yield return id;
            }
        }
    }

    private static bool Holds(int process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{process}/fd")
                .Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's process, or one that just ended.
            return false;
        }
    }

    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return "a process that just ended";
        }
    }
}
