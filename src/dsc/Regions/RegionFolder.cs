namespace Crucible.Dsc.Regions;

/// <summary>What dsc may know about a region's directory without opening it.</summary>
internal static class RegionFolder
{
    private const string Manifest = "region.json";
    private const string LockFile = "lock";

    /// <summary>
    /// All that a region consists of. The manifest comes last but for the lock, so that a deletion cut short leaves what
    /// still counts as a region and can be deleted again.
    /// </summary>
    private static readonly string[] Parts = ["extents", "versions", "journal", "region.json.new", Manifest, LockFile];

    /// <summary>Whether a directory holds a region.</summary>
    public static bool HoldsRegion(string folder) => File.Exists(Path.Combine(folder, Manifest));

    /// <summary>Deletes a directory's region, and nothing else; does nothing where the directory is absent or empty.</summary>
    /// <exception cref="DscException">The region is in use, or there are files that belong to no region: nothing was deleted.</exception>
    public static void Delete(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        var strangers = Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Except(Parts).Order().ToList();
        if (strangers.Count > 0 || (!HoldsRegion(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            var found = strangers.Count > 0 ? $"holds {strangers[0]}, which belongs to no region" : $"has no {Manifest}";
            throw new DscException($"{folder} is not cleaned up: it {found}");
        }

        using var owned = Own(folder);
        foreach (var part in Parts.Select(name => Path.Combine(folder, name)))
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }
            else
            {
                File.Delete(part);
            }
        }
    }

    /// <summary>Takes the lock that a downstairs holds while it has a region open.</summary>
    private static FileStream? Own(string folder)
    {
        var file = Path.Combine(folder, LockFile);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            // Sharing with nobody is flock(LOCK_EX) on Linux: the downstairs' own lock.
            return new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DscException($"{folder} is not cleaned up: its region is in use by another process");
        }
    }
}
