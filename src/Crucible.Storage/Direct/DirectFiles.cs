namespace Crucible.Storage;

/// <summary>
/// The extent files that direct writes went to since they were last synced. They stay open until then, so that no write error is
/// lost. Staging, publishing and discarding is the appender's; taking and syncing that of whoever syncs the journal.
/// </summary>
internal sealed class DirectFiles(ExtentCache extents, ExtentMaker maker, RegionFault fault) : IDisposable
{
    /// <summary>Files that may wait for a sync: each is one more call that a flush waits for.</summary>
    private const int MaxFiles = 32;

    // Guards the maker, which appender and syncer share, and the written.
    private readonly Lock _lock = new();
    private readonly List<ExtentFile> _staged = [];
    private readonly Dictionary<uint, ExtentFile> _written = [];

    /// <summary>Whether one more extent may be written to.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _staged.Count + _written.Count < MaxFiles;
            }
        }
    }

    /// <summary>The file of an extent that is not established; the caller unpins it or stages it.</summary>
    /// <param name="isNew">A file of that name, if there is one, may be of any length.</param>
    /// <exception cref="StorageException">It could not be made.</exception>
    public ExtentFile Open(uint extent, bool isNew)
    {
        if (!isNew && extents.PinUnestablished(extent) is { } open)
        {
            return open;
        }

        lock (_lock)
        {
            extents.Drop(extent);
            return extents.PinNew(extent, maker.MakeBare(extent));
        }
    }

    /// <summary>A write went to the file; its record is not in the journal yet. Takes the caller's pin.</summary>
    public void Stage(ExtentFile file)
    {
        if (_staged.Count != 0 && _staged[^1] == file)
        {
            extents.Unpin(file);
            return;
        }

        _staged.Add(file);
    }

    /// <summary>The records of what was staged are in the journal: the next sync makes both durable.</summary>
    public void Publish()
    {
        if (_staged.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var file in _staged)
            {
                if (!_written.TryAdd(file.Extent, file))
                {
                    extents.Unpin(file);
                }
            }
        }

        _staged.Clear();
    }

    /// <summary>The records of what was staged never come.</summary>
    public void Discard()
    {
        foreach (var file in _staged)
        {
            extents.Unpin(file);
        }

        _staged.Clear();
    }

    /// <summary>Hands over what was published since the last call.</summary>
    public void Take(List<ExtentFile> files)
    {
        lock (_lock)
        {
            files.AddRange(_written.Values);
            _written.Clear();
        }

        files.Sort(static (a, b) => a.Extent.CompareTo(b.Extent));
    }

    /// <summary>Makes durable what was taken, with the files' names, and lets go of it.</summary>
    /// <exception cref="StorageException">It could not: the region is faulted.</exception>
    public void Sync(List<ExtentFile> files)
    {
        try
        {
            for (var i = 0; files.Count > 1 && i < files.Count; i++)
            {
                files[i].File.BeginWriting();
            }

            foreach (var file in files)
            {
                if (!Planted.Is(PlantedBug.SkipDirectSync))
                {
                    file.Sync(fault);
                }
            }

            SyncNames();
        }
        finally
        {
            foreach (var file in files)
            {
                extents.Unpin(file);
            }

            files.Clear();
        }
    }

    /// <summary>Lets go of all files; nobody syncs them any more.</summary>
    public void Dispose()
    {
        Discard();
        lock (_lock)
        {
            foreach (var file in _written.Values)
            {
                extents.Unpin(file);
            }

            _written.Clear();
        }
    }

    private void SyncNames()
    {
        lock (_lock)
        {
            try
            {
                maker.SyncNames();
            }
            catch (StorageException e)
            {
                fault.Set(e.Message);
                throw;
            }
        }
    }
}
