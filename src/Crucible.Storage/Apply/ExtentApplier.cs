namespace Crucible.Storage;

/// <summary>Puts journalled blocks into one extent's file: data, then holes and contexts, then the metadata.</summary>
internal sealed class ExtentApplier(RegionIdentity region, Journal journal)
{
    /// <summary>Bytes gathered from the journal before they are written.</summary>
    private const int CopyBytes = 1 << 20;

    private const int PagesAtOnce = 128;

    private readonly RegionDefinition _definition = region.Definition;
    private readonly byte[] _copy = GC.AllocateUninitializedArray<byte>(CopyBytes, pinned: true);
    private readonly byte[] _pages = GC.AllocateUninitializedArray<byte>(PagesAtOnce * ContextPage.SizeBytes, pinned: true);

    /// <param name="blocks">Indices of blocks of the extent, ascending.</param>
    /// <param name="entries">For each its entry in the table.</param>
    /// <returns>False if a context page was damaged: what it said of blocks not applied now is lost.</returns>
    public bool Apply(ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        WriteData(file, table, blocks, entries);
        return WriteContexts(file, table, blocks, entries);
    }

    public void WriteMetadata(ExtentFile file, in ExtentEntry entry)
    {
        var page = _pages.AsSpan(0, ExtentMetadata.SizeBytes);
        ExtentMetadata.Write(page, region.Id, _definition, entry, region.Seed);
        file.File.Write(region.Layout.MetadataOffset, page);
    }

    /// <summary>Whether every context of the extent can be believed.</summary>
    public bool IsWhole(ExtentFile file)
    {
        var size = _definition.ContextSizeBytes;
        var perPage = (int)region.Layout.ContextsPerPage;
        for (var first = 0U; first < region.Layout.PageCount; first += PagesAtOnce)
        {
            var count = (int)Math.Min(PagesAtOnce, region.Layout.PageCount - first);
            ReadPages(file, first, count);
            for (var i = 0; i < count; i++)
            {
                var page = Page(i);
                if (!ContextPage.IsValid(page, file.Extent, first + (uint)i, region.Seed))
                {
                    return false;
                }

                for (var slot = 0; slot < perPage; slot++)
                {
                    if (!BlockContext.IsWellFormed(page.Slice(slot * size, size)))
                    {
                        return ((first + (uint)i) * (ulong)perPage) + (ulong)slot >= _definition.ExtentSizeBlocks;
                    }
                }
            }
        }

        return true;
    }

    private void WriteData(ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        var blockBytes = (int)_definition.BlockSizeBytes;
        for (var i = 0; i < blocks.Length;)
        {
            if (StateOf(table, entries[i]) != BlockState.Data)
            {
                i++;
                continue;
            }

            var run = 1;
            while (i + run < blocks.Length
                && blocks[i + run] == blocks[i] + (ulong)run
                && (run + 1) * blockBytes <= CopyBytes
                && StateOf(table, entries[i + run]) == BlockState.Data)
            {
                run++;
            }

            Gather(table, entries.Slice(i, run));
            var offset = region.Layout.BlockOffset(_definition.OffsetInExtent(new BlockIndex(blocks[i])));
            file.File.Write(offset, _copy.AsSpan(0, run * blockBytes));
            i += run;
        }
    }

    /// <summary>Reads the entries' data from the journal, what lies together there by one call.</summary>
    private void Gather(BlockTable table, ReadOnlySpan<int> entries)
    {
        var blockBytes = (int)_definition.BlockSizeBytes;
        for (var i = 0; i < entries.Length;)
        {
            var position = table.PositionAt(entries[i]);
            var run = 1;
            while (i + run < entries.Length && table.PositionAt(entries[i + run]) == position + (ulong)(run * blockBytes))
            {
                run++;
            }

            journal.Read(position, _copy.AsSpan(i * blockBytes, run * blockBytes));
            i += run;
        }
    }

    private bool WriteContexts(ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        var whole = true;
        for (var from = 0; from < blocks.Length;)
        {
            var first = PageOf(blocks[from]);
            var last = first;
            var to = from;
            while (to < blocks.Length && PageOf(blocks[to]) <= last + 1 && PageOf(blocks[to]) - first < PagesAtOnce)
            {
                last = PageOf(blocks[to++]);
            }

            whole &= UpdatePages(file, table, first, (int)(last - first) + 1, blocks[from..to], entries[from..to]);
            from = to;
        }

        return whole;
    }

    /// <summary>Reads pages that follow one another, changes the blocks' contexts in them and writes them back.</summary>
    private bool UpdatePages(
        ExtentFile file, BlockTable table, uint first, int count, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        ReadPages(file, first, count);
        var whole = true;
        for (var i = 0; i < count; i++)
        {
            if (!ContextPage.IsValid(Page(i), file.Extent, first + (uint)i, region.Seed))
            {
                ContextPage.Initialise(Page(i), _definition.ContextSizeBytes, lost: true);
                whole = false;
            }
        }

        PunchHoles(file, table, first, blocks, entries);
        for (var i = 0; i < blocks.Length; i++)
        {
            table.ContextAt(entries[i]).CopyTo(ContextOf(blocks[i], first));
        }

        for (var i = 0; i < count; i++)
        {
            ContextPage.Seal(Page(i), file.Extent, first + (uint)i, region.Seed);
        }

        file.BeginContextWrite();
        try
        {
            file.File.Write(region.Layout.PageOffset(first), _pages.AsSpan(0, count * ContextPage.SizeBytes));
        }
        finally
        {
            file.EndContextWrite();
        }

        return whole;
    }

    /// <summary>Gives the space back of blocks that had data and have none any more.</summary>
    private void PunchHoles(
        ExtentFile file, BlockTable table, uint first, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        for (var i = 0; i < blocks.Length;)
        {
            var run = 0;
            while (i + run < blocks.Length
                && blocks[i + run] == blocks[i] + (ulong)run
                && StateOf(table, entries[i + run]) != BlockState.Data
                && ContextOf(blocks[i + run], first)[8] is (byte)BlockState.Data or ContextPage.LostByte)
            {
                run++;
            }

            if (run != 0)
            {
                var offset = region.Layout.BlockOffset(_definition.OffsetInExtent(new BlockIndex(blocks[i])));
                file.File.TryPunchHole(offset, (long)run << _definition.BlockShift);
            }

            i += Math.Max(run, 1);
        }
    }

    private void ReadPages(ExtentFile file, uint first, int count)
    {
        var pages = _pages.AsSpan(0, count * ContextPage.SizeBytes);
        var read = file.File.Read(region.Layout.PageOffset(first), pages);
        pages[read..].Clear();
    }

    private Span<byte> Page(int index) => _pages.AsSpan(index * ContextPage.SizeBytes, ContextPage.SizeBytes);

    private uint PageOf(ulong block) => region.Layout.PageOf(_definition.OffsetInExtent(new BlockIndex(block)));

    private Span<byte> ContextOf(ulong block, uint firstPage)
    {
        var inExtent = _definition.OffsetInExtent(new BlockIndex(block));
        var size = _definition.ContextSizeBytes;
        return Page((int)(region.Layout.PageOf(inExtent) - firstPage)).Slice(region.Layout.SlotOf(inExtent) * size, size);
    }

    private static BlockState StateOf(BlockTable table, int entry) => BlockContext.State(table.ContextAt(entry));
}
