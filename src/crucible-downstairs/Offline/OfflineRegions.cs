using Crucible.Hosting;
using Crucible.Storage;

namespace Crucible.Downstairs.Program;

/// <summary>Regions that no daemon runs on, opened to look at: nothing about them is changed.</summary>
internal sealed class OfflineRegions : IDisposable
{
    /// <summary>Most regions looked at together: a volume has three.</summary>
    public const int MaxRegions = ReplicaId.Count;

    private readonly List<Region> _regions = [];

    /// <param name="paths">Their directories, as they were typed.</param>
    /// <exception cref="UsageException">Too many, or one twice.</exception>
    public OfflineRegions(IReadOnlyList<string> paths)
    {
        if (paths.Count > MaxRegions)
        {
            throw new UsageException($"at most {MaxRegions} regions can be compared, not {paths.Count}");
        }

        if (paths.Select(Path.GetFullPath).Distinct().Count() != paths.Count)
        {
            throw new UsageException("the same directory is given twice");
        }

        Paths = paths;
        try
        {
            foreach (var path in paths)
            {
                _regions.Add(Open(path));
            }
        }
        catch (CrucibleException)
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Paths { get; }

    public IReadOnlyList<Region> All => _regions;

    /// <summary>Opens one.</summary>
    /// <exception cref="NoRegionException">There is none.</exception>
    public static Region Open(string path)
    {
        try
        {
            return Region.Open(new LinuxStorageDirectory(path), new RegionOpenOptions { ReadOnly = true });
        }
        catch (RegionNotFoundException)
        {
            throw new NoRegionException($"there is no region in {path}");
        }
        catch (RegionInUseException e)
        {
            throw new NoRegionException($"{e.Message}; stop it first");
        }
    }

    public void Dispose()
    {
        foreach (var region in _regions)
        {
            region.Close();
        }

        _regions.Clear();
    }
}
