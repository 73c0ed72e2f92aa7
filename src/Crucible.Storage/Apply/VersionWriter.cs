namespace Crucible.Storage;

/// <summary>Writes changed extent versions into the file <c>versions</c>.</summary>
internal sealed class VersionWriter(IStorageFile file, RegionIdentity region)
{
    private readonly byte[] _page = GC.AllocateUninitializedArray<byte>(VersionPage.SizeBytes, pinned: true);

    /// <param name="entries">Ascending.</param>
    /// <param name="asOf">The journal position that they know everything up to.</param>
    public void Write(ReadOnlySpan<ExtentEntry> entries, ulong asOf)
    {
        while (!entries.IsEmpty)
        {
            var pageIndex = entries[0].Extent / VersionPage.EntryCount;
            Load(pageIndex);
            while (!entries.IsEmpty && entries[0].Extent / VersionPage.EntryCount == pageIndex)
            {
                VersionPage.SetEntry(_page, entries[0]);
                entries = entries[1..];
            }

            VersionPage.Seal(_page, pageIndex, asOf, region.Seed);
            file.Write((long)pageIndex * VersionPage.SizeBytes, _page);
        }
    }

    private void Load(uint pageIndex)
    {
        var read = file.Read((long)pageIndex * VersionPage.SizeBytes, _page);
        _page.AsSpan(read).Clear();
        if (VersionPage.IsZero(_page) || VersionPage.IsValid(_page, pageIndex, region.Seed))
        {
            return;
        }

        // Nobody knows any more which of these extents exist: each stays suspect until all of it was written again.
        _page.AsSpan().Clear();
        var first = pageIndex * VersionPage.EntryCount;
        for (var extent = first; extent < Math.Min(first + VersionPage.EntryCount, region.Definition.ExtentCount); extent++)
        {
            VersionPage.SetEntry(_page, new ExtentEntry(extent, 0, 0, ExtentFlags.Established | ExtentFlags.Damaged));
        }
    }
}
