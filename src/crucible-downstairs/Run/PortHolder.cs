using System.Globalization;

namespace Crucible.Downstairs.Program;

/// <summary>Finds out which process listens on a port, as far as /proc tells this user.</summary>
internal static class PortHolder
{
    private const string Listening = "0A";

    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary><c>process 4711 (crucible-downst)</c>, or null where it can't be told.</summary>
    public static string? Find(int port)
    {
        try
        {
            return Inodes(port).Select(HolderOf).FirstOrDefault(h => h is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<string> Inodes(int port)
    {
        var inodes = new List<string>();
        foreach (var table in Tables.Where(File.Exists))
        {
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var colon = fields[1].LastIndexOf(':');
                if (fields[3] == Listening
                    && int.Parse(fields[1].AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture) == port)
                {
                    inodes.Add(fields[9]);
                }
            }
        }

        return inodes;
    }

    private static string? HolderOf(string inode)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Holds(process, $"socket:[{inode}]"))
            {
                return $"process {id} ({File.ReadAllText($"{process}/comm").Trim()})";
            }
        }

        return null;
    }

    private static bool Holds(string process, string socket)
    {
        try
        {
            return Directory.EnumerateFiles($"{process}/fd").Any(f => new FileInfo(f).LinkTarget == socket);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's process, or one that has just ended.
            return false;
        }
    }
}
