namespace Crucible.Storage;

/// <summary>How a read from an extent's file ended.</summary>
internal enum ExtentReadOutcome
{
    Done,

    /// <summary>Some of it cannot be believed.</summary>
    Damaged,

    /// <summary>The disk would have to be waited for.</summary>
    WouldBlock,
}

/// <summary>Reads block contexts from an extent's file and checks the pages they lie in.</summary>
internal static class ContextReader
{
    private const int PagesAtOnce = 16;

    /// <summary>
    /// Reads the contexts of <paramref name="count"/> blocks from <paramref name="first"/> (counted in the extent) on.
    /// Those that cannot be believed are filled with <see cref="ContextPage.LostByte"/>.
    /// </summary>
    /// <param name="homes">Gets the home of each block.</param>
    public static ExtentReadOutcome Read(
        ExtentFile file, RegionIdentity region, uint first, int count, Span<byte> contexts, bool cachedOnly, Span<BlockHome> homes)
    {
        var layout = region.Layout;
        Span<byte> pages = stackalloc byte[PagesAtOnce * ContextPage.SizeBytes];
        var outcome = ExtentReadOutcome.Done;
        var lastPage = layout.PageOf(first + (uint)count - 1);
        for (var page = layout.PageOf(first); page <= lastPage; page += PagesAtOnce)
        {
            var pageCount = (int)Math.Min(PagesAtOnce, lastPage - page + 1);
            var some = pages[..(pageCount * ContextPage.SizeBytes)];
            var read = ReadPages(file, region, page, some, cachedOnly);
            if (read == ExtentReadOutcome.WouldBlock)
            {
                return read;
            }

            for (var i = 0; i < pageCount; i++)
            {
                var content = some.Slice(i * ContextPage.SizeBytes, ContextPage.SizeBytes);
                if (!Copy(content, region, file.Extent, page + (uint)i, first, count, contexts, homes))
                {
                    outcome = ExtentReadOutcome.Damaged;
                }
            }
        }

        return outcome;
    }

    /// <summary>Reads pages; where one fails while the applier writes contexts, reads again.</summary>
    private static ExtentReadOutcome ReadPages(
        ExtentFile file, RegionIdentity region, uint page, Span<byte> pages, bool cachedOnly)
    {
        var wait = new SpinWait();
        while (true)
        {
            var writes = file.ContextWrites;
            var offset = region.Layout.PageOffset(page);
            int read;
            if (!cachedOnly)
            {
                read = file.File.Read(offset, pages);
            }
            else if (!file.File.TryReadCached(offset, pages, out read))
            {
                return ExtentReadOutcome.WouldBlock;
            }

            pages[read..].Clear();
            if (AllValid(pages, region, file.Extent, page) || ((writes & 1) == 0 && writes == file.ContextWrites))
            {
                return ExtentReadOutcome.Done;
            }

            wait.SpinOnce();
        }
    }

    private static bool AllValid(ReadOnlySpan<byte> pages, RegionIdentity region, uint extent, uint page)
    {
        for (; !pages.IsEmpty; pages = pages[ContextPage.SizeBytes..])
        {
            if (!ContextPage.IsValid(pages[..ContextPage.SizeBytes], extent, page++, region.Seed))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the contexts that the page holds of the range; false if some of them are lost.</summary>
    private static bool Copy(
        ReadOnlySpan<byte> content, RegionIdentity region, uint extent, uint page, uint first, int count, Span<byte> contexts,
        Span<BlockHome> homes)
    {
        var size = region.Definition.ContextSizeBytes;
        var firstOfPage = page * region.Layout.ContextsPerPage;
        var from = Math.Max(first, firstOfPage);
        var to = (uint)Math.Min((ulong)first + (uint)count, (ulong)firstOfPage + region.Layout.ContextsPerPage);
        var target = contexts.Slice((int)(from - first) * size, (int)(to - from) * size);
        homes = homes[(int)(from - first)..(int)(to - first)];
        homes.Clear();
        if (!ContextPage.IsValid(content, extent, page, region.Seed))
        {
            target.Fill(ContextPage.LostByte);
            return false;
        }

        content.Slice((int)(from - firstOfPage) * size, target.Length).CopyTo(target);
        var known = true;
        for (var i = 0; i < target.Length; i += size)
        {
            if (!HomedContext.TryTakeHome(target.Slice(i, size), out homes[i / size]))
            {
                target.Slice(i, size).Fill(ContextPage.LostByte);
                known = false;
            }
        }

        return known;
    }
}
