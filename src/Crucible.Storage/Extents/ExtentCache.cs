namespace Crucible.Storage;

/// <summary>
/// The extent files held open, at most a fixed number beside those in use; the longest unused is closed first.
/// Thread-safe. A file is opened only if it is what its extent needs: right length, right metadata.
/// </summary>
internal sealed class ExtentCache : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, ExtentFile> _files;
    private readonly LinkedList<ExtentFile> _byUse = new();
    private readonly RegionIdentity _region;
    private readonly IStorageDirectory _directory;
    private readonly int _limit;
    private readonly StorageOpenMode _mode;

    public ExtentCache(IStorageDirectory directory, RegionIdentity region, int limit, bool readOnly)
    {
        _directory = directory;
        _region = region;
        _limit = limit;
        _mode = readOnly ? StorageOpenMode.Read : StorageOpenMode.ReadWrite;
        _files = new Dictionary<uint, ExtentFile>(Math.Min(limit, 4096));
    }

    /// <summary>The file if it is open; the caller unpins it.</summary>
    public ExtentFile? TryPinOpen(uint extent)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(extent, out var file))
            {
                return null;
            }

            _byUse.Remove(file.Node!);
            _byUse.AddLast(file.Node!);
            file.Pins++;
            return file;
        }
    }

    /// <summary>Opens the extent's file, whose length and metadata must be right; the caller unpins it.</summary>
    /// <returns>Null if the file is missing or not this extent's.</returns>
    public ExtentFile? Pin(uint extent) => TryPinOpen(extent) ?? (OpenFile(extent) is { } file ? Add(extent, file) : null);

    /// <summary>
    /// As <see cref="Pin"/>, for an extent that is not established: its file may hold data before it has contexts and metadata.
    /// </summary>
    public ExtentFile? PinUnestablished(uint extent) =>
        TryPinOpen(extent)
        ?? (_directory.Open(RegionFormat.ExtentName(new ExtentId(extent)), _mode) is { } file ? Add(extent, file) : null);

    /// <summary>Takes in a file that was just made; the caller unpins it.</summary>
    public ExtentFile PinNew(uint extent, IStorageFile file) => Add(extent, file);

    public void Unpin(ExtentFile file)
    {
        lock (_lock)
        {
            file.Pins--;
            if (file.Dropped && file.Pins == 0)
            {
                file.File.Dispose();
            }
        }
    }

    /// <summary>Forgets the extent's file, which is about to be made anew.</summary>
    public void Drop(uint extent)
    {
        lock (_lock)
        {
            if (_files.TryGetValue(extent, out var file))
            {
                Remove(file);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_byUse.First is { } first)
            {
                Remove(first.Value);
            }
        }
    }

    /// <summary>Reads the metadata of an extent's file; false if the file is missing or not this extent's.</summary>
    public bool TryReadMetadata(uint extent, out ExtentEntry entry)
    {
        entry = default;
        using var file = _directory.Open(RegionFormat.ExtentName(new ExtentId(extent)), StorageOpenMode.Read);
        return file is not null && IsExtent(file, extent, out entry);
    }

    private IStorageFile? OpenFile(uint extent)
    {
        var file = _directory.Open(RegionFormat.ExtentName(new ExtentId(extent)), _mode);
        if (file is null)
        {
            return null;
        }

        var isExtent = false;
        try
        {
            isExtent = IsExtent(file, extent, out _);
        }
        finally
        {
            if (!isExtent)
            {
                file.Dispose();
            }
        }

        return isExtent ? file : null;
    }

    private bool IsExtent(IStorageFile file, uint extent, out ExtentEntry entry)
    {
        entry = default;
        Span<byte> page = stackalloc byte[ExtentMetadata.SizeBytes];
        return file.Length == _region.Layout.FileBytes
            && file.Read(_region.Layout.MetadataOffset, page) == page.Length
            && ExtentMetadata.TryRead(page, _region, extent, out entry);
    }

    private ExtentFile Add(uint extent, IStorageFile file)
    {
        lock (_lock)
        {
            if (_files.TryGetValue(extent, out var other))
            {
                // Two readers opened it at once: one file is enough, and there must be only one count of context writes.
                file.Dispose();
                other.Pins++;
                return other;
            }

            for (var node = _byUse.First; node is not null && _files.Count >= _limit;)
            {
                var next = node.Next;
                if (node.Value.Pins == 0)
                {
                    Remove(node.Value);
                }

                node = next;
            }

            var added = new ExtentFile(extent, file) { Pins = 1 };
            added.Node = _byUse.AddLast(added);
            _files.Add(extent, added);
            return added;
        }
    }

    private void Remove(ExtentFile file)
    {
        _files.Remove(file.Extent);
        _byUse.Remove(file.Node!);
        file.Dropped = true;
        if (file.Pins == 0)
        {
            file.File.Dispose();
        }
    }
}
