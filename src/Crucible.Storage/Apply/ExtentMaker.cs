namespace Crucible.Storage;

/// <summary>Makes extent files: every context page valid from the start, so that zeroes there can only be damage.</summary>
internal sealed class ExtentMaker(IStorageDirectory directory, RegionIdentity region)
{
    private const int PagesAtOnce = 128;

    private readonly byte[] _pages = GC.AllocateUninitializedArray<byte>(PagesAtOnce * ContextPage.SizeBytes, pinned: true);
    private readonly HashSet<string> _durableDirectories = [];
    private readonly SortedSet<string> _changedDirectories = new(StringComparer.Ordinal);

    /// <summary>Makes the file, or makes it anew, with all blocks never written or all lost. Durable after its sync and <see cref="SyncNames"/>.</summary>
    public IStorageFile Make(in ExtentEntry entry, bool lost)
    {
        var name = RegionFormat.ExtentName(new ExtentId(entry.Extent));
        MakeDirectories(name);
        var file = Create(name);
        try
        {
            file.SetLength(0);
            file.SetLength(region.Layout.FileBytes);
            WritePages(file, entry.Extent, lost);
            Span<byte> metadata = stackalloc byte[ExtentMetadata.SizeBytes];
            ExtentMetadata.Write(metadata, region, entry);
            file.Write(region.Layout.MetadataOffset, metadata);
            return file;
        }
        catch (StorageException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes the file, or takes the one that is there, with nothing that says what it is: only direct writes go to it.</summary>
    /// <remarks>
    /// What one that is there holds is left alone, also where it means nothing: the apply that completes the file may be under way
    /// beside it.
    /// </remarks>
    public IStorageFile MakeBare(uint extent)
    {
        var name = RegionFormat.ExtentName(new ExtentId(extent));
        MakeDirectories(name);
        var file = Create(name);
        try
        {
            file.SetLength(region.Layout.FileBytes);
            return file;
        }
        catch (StorageException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives a file that direct writes went to contexts, all never written, and metadata. Its blocks stay.</summary>
    public void Complete(IStorageFile file, in ExtentEntry entry)
    {
        MakeDirectories(RegionFormat.ExtentName(new ExtentId(entry.Extent)));
        file.SetLength(region.Layout.FileBytes);
        WritePages(file, entry.Extent, lost: false);
        Span<byte> metadata = stackalloc byte[ExtentMetadata.SizeBytes];
        ExtentMetadata.Write(metadata, region, entry);
        file.Write(region.Layout.MetadataOffset, metadata);
    }

    /// <summary>The name of a file that was found may not be durable yet.</summary>
    public void NoteName(uint extent) => MakeDirectories(RegionFormat.ExtentName(new ExtentId(extent)));

    /// <summary>Makes the names of all files made since the last call durable.</summary>
    public void SyncNames()
    {
        if (_changedDirectories.Count == 0)
        {
            return;
        }

        foreach (var name in _changedDirectories)
        {
            directory.SyncDirectory(name);
        }

        // What was found existing may be a crashed process's, its name not durable yet: so all that is new to this process is synced.
        _durableDirectories.UnionWith(_changedDirectories);
        _changedDirectories.Clear();
    }

    private IStorageFile Create(string name) =>
        directory.Open(name, StorageOpenMode.Create)
        ?? throw new StorageException(ErrorCode.IoError, $"cannot make {directory.Path}/{name}");

    /// <summary>extents/00/000/001 lies in extents/00/000, that in extents/00, that in extents.</summary>
    private void MakeDirectories(string name)
    {
        var leaf = name[..name.LastIndexOf('/')];
        if (!_durableDirectories.Contains(leaf))
        {
            var middle = leaf[..leaf.LastIndexOf('/')];
            directory.CreateDirectory(middle);
            directory.CreateDirectory(leaf);
            _changedDirectories.Add(RegionFormat.ExtentsName);
            _changedDirectories.Add(middle);
        }

        _changedDirectories.Add(leaf);
    }

    private void WritePages(IStorageFile file, uint extent, bool lost)
    {
        var layout = region.Layout;
        for (var page = 0U; page < layout.PageCount; page += PagesAtOnce)
        {
            var count = (int)Math.Min(PagesAtOnce, layout.PageCount - page);
            for (var i = 0; i < count; i++)
            {
                var content = _pages.AsSpan(i * ContextPage.SizeBytes, ContextPage.SizeBytes);
                ContextPage.Initialise(content, region.Definition.ContextSizeBytes, lost);
                ContextPage.Seal(content, extent, page + (uint)i, region.Seed);
            }

            file.Write(layout.PageOffset(page), _pages.AsSpan(0, count * ContextPage.SizeBytes));
        }
    }
}
