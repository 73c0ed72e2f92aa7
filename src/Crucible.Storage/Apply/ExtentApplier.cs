namespace Crucible.Storage;

/// <summary>Puts journalled blocks into one extent's file: data, then holes and contexts, then the metadata.</summary>
internal sealed class ExtentApplier(RegionIdentity region, Journal journal)
{
    /// <summary>Bytes gathered from the journal before they are written.</summary>
    private const int CopyBytes = 1 << 20;

    private const int PagesAtOnce = 128;

    private readonly RegionDefinition _definition = region.Definition;
    private readonly byte[] _copy = GC.AllocateUninitializedArray<byte>(CopyBytes, pinned: true);
    private BlockHome[] _homes = [];
    private readonly byte[] _pages = GC.AllocateUninitializedArray<byte>(PagesAtOnce * ContextPage.SizeBytes, pinned: true);

    /// <param name="blocks">Indices of blocks of the extent, ascending.</param>
    /// <param name="entries">For each its entry in the table.</param>
    /// <param name="freed">Gets the homes that hold nothing that is needed once the checkpoint is durable.</param>
    /// <returns>False if a context page was damaged: what it said of blocks not applied now is lost.</returns>
    public bool Apply(ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries, List<HomeRun> freed)
    {
        var homes = ChooseHomes(file, table, blocks, entries);
        WriteData(file, table, blocks, entries, homes);
        return WriteContexts(file, table, blocks, entries, homes, freed);
    }

    public void WriteMetadata(ExtentFile file, in ExtentEntry entry)
    {
        var page = _pages.AsSpan(0, ExtentMetadata.SizeBytes);
        ExtentMetadata.Write(page, region, entry);
        file.File.Write(region.Layout.MetadataOffset, page);
    }

    /// <summary>Whether every context of the extent can be believed.</summary>
    public bool IsWhole(ExtentFile file)
    {
        Span<byte> context = stackalloc byte[BlockContext.EncryptedSizeBytes];
        var size = _definition.ContextSizeBytes;
        context = context[..size];
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
                    page.Slice(slot * size, size).CopyTo(context);
                    if (!HomedContext.TryTakeHome(context, out _))
                    {
                        return ((first + (uint)i) * (ulong)perPage) + (ulong)slot >= _definition.ExtentSizeBlocks;
                    }
                }
            }
        }

        return true;
    }

    /// <summary>
    /// Tells for each block the home that its data has, or is to have. One that comes from the journal replaces the version that
    /// the extent's contexts tell of, which the journal can make once more after a crash; unless a record that is still there
    /// relies on that home.
    /// </summary>
    private ReadOnlySpan<BlockHome> ChooseHomes(
        ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        if (_homes.Length < blocks.Length)
        {
            _homes = new BlockHome[_definition.ExtentSizeBlocks];
        }

        var homes = _homes.AsSpan(0, blocks.Length);
        homes.Clear();
        if (!region.Layout.HasTwoHomes)
        {
            return homes;
        }

        for (var from = 0; from < blocks.Length;)
        {
            var to = PagesTogether(blocks, from, out var first, out var count);
            ReadPages(file, first, count);
            for (var i = 0; i < count; i++)
            {
                if (!ContextPage.IsValid(Page(i), file.Extent, first + (uint)i, region.Seed))
                {
                    ContextPage.Initialise(Page(i), _definition.ContextSizeBytes, lost: true);
                }
            }

            for (var i = from; i < to; i++)
            {
                var place = table.PlaceAt(entries[i]);
                homes[i] = place.IsDirect ? place.Home
                    : place.IsStale ? Planted.Is(PlantedBug.ApplyOverDirect) ? place.Home : HomedContext.Other(place.Home)
                    : HomeIn(ContextOf(blocks[i], first));
            }

            from = to;
        }

        return homes;
    }

    private static BlockHome HomeIn(ReadOnlySpan<byte> context) =>
        BlockContext.State(context) == BlockState.Data && HomedContext.HomeOf(context) == BlockHome.Second
            ? BlockHome.Second
            : BlockHome.First;

    private void WriteData(
        ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries, ReadOnlySpan<BlockHome> homes)
    {
        var blockBytes = (int)_definition.BlockSizeBytes;
        for (var i = 0; i < blocks.Length;)
        {
            if (!IsToWrite(table, entries[i]))
            {
                i++;
                continue;
            }

            var run = 1;
            while (i + run < blocks.Length
                && blocks[i + run] == blocks[i] + (ulong)run
                && (run + 1) * blockBytes <= CopyBytes
                && homes[i + run] == homes[i]
                && IsToWrite(table, entries[i + run]))
            {
                run++;
            }

            Gather(table, entries.Slice(i, run));
            var offset = region.Layout.BlockOffset(_definition.OffsetInExtent(new BlockIndex(blocks[i])), homes[i]);
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
            var position = table.PlaceAt(entries[i]).Position;
            var run = 1;
            while (i + run < entries.Length && table.PlaceAt(entries[i + run]).Position == position + (ulong)(run * blockBytes))
            {
                run++;
            }

            journal.Read(position, _copy.AsSpan(i * blockBytes, run * blockBytes));
            i += run;
        }
    }

    private bool WriteContexts(
        ExtentFile file, BlockTable table, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries, ReadOnlySpan<BlockHome> homes,
        List<HomeRun> freed)
    {
        var whole = true;
        for (var from = 0; from < blocks.Length;)
        {
            var to = PagesTogether(blocks, from, out var first, out var count);
            whole &= UpdatePages(file, table, first, count, blocks[from..to], entries[from..to], homes[from..to], freed);
            from = to;
        }

        return whole;
    }

    /// <summary>The end of the blocks from that one on whose context pages follow one another.</summary>
    private int PagesTogether(ReadOnlySpan<ulong> blocks, int from, out uint first, out int count)
    {
        first = PageOf(blocks[from]);
        var last = first;
        var to = from;
        while (to < blocks.Length && PageOf(blocks[to]) <= last + 1 && PageOf(blocks[to]) - first < PagesAtOnce)
        {
            last = PageOf(blocks[to++]);
        }

        count = (int)(last - first) + 1;
        return to;
    }

    /// <summary>Reads pages that follow one another, changes the blocks' contexts in them and writes them back.</summary>
    private bool UpdatePages(
        ExtentFile file, BlockTable table, uint first, int count, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries,
        ReadOnlySpan<BlockHome> homes, List<HomeRun> freed)
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
            var context = ContextOf(blocks[i], first);
            NoteFreed(file, table, entries[i], blocks[i], context, freed);
            table.ContextAt(entries[i]).CopyTo(context);
            HomedContext.SetHome(context, StateOf(table, entries[i]) == BlockState.Data ? homes[i] : BlockHome.First);
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

    /// <summary>Notes what of the block's homes nobody needs once the checkpoint is durable, and somebody may until then.</summary>
    private void NoteFreed(
        ExtentFile file, BlockTable table, int entry, ulong block, ReadOnlySpan<byte> before, List<HomeRun> freed)
    {
        var place = table.PlaceAt(entry);
        var inExtent = _definition.OffsetInExtent(new BlockIndex(block));
        if (place.IsStale)
        {
            HomeRun.Add(freed, file.Extent, inExtent, place.Home);
        }

        if (IsUsed(before) && (place.IsDirect || (place.IsStale && StateOf(table, entry) != BlockState.Data)))
        {
            HomeRun.Add(freed, file.Extent, inExtent, HomedContext.Other(place.Home));
        }
    }

    /// <summary>Gives the space back of blocks that had data and have none any more, unless a record relies on what they had.</summary>
    private void PunchHoles(
        ExtentFile file, BlockTable table, uint first, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        for (var i = 0; i < blocks.Length;)
        {
            var run = 0;
            while (i + run < blocks.Length
                && blocks[i + run] == blocks[i] + (ulong)run
                && StateOf(table, entries[i + run]) != BlockState.Data
                && !table.PlaceAt(entries[i + run]).IsStale
                && IsUsed(ContextOf(blocks[i + run], first)))
            {
                run++;
            }

            if (run != 0)
            {
                var block = _definition.OffsetInExtent(new BlockIndex(blocks[i]));
                file.File.TryPunchHole(region.Layout.BlockOffset(block, BlockHome.First), (long)run << _definition.BlockShift);
                if (region.Layout.HasTwoHomes)
                {
                    file.File.TryPunchHole(region.Layout.BlockOffset(block, BlockHome.Second), (long)run << _definition.BlockShift);
                }
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

    /// <summary>Whether the block had data, or nobody knows what it had.</summary>
    private static bool IsUsed(ReadOnlySpan<byte> context) => context[8] is (byte)BlockState.Data or ContextPage.LostByte;

    private static bool IsToWrite(BlockTable table, int entry) =>
        StateOf(table, entry) == BlockState.Data && !table.PlaceAt(entry).IsDirect;

    private static BlockState StateOf(BlockTable table, int entry) => BlockContext.State(table.ContextAt(entry));
}
