using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

/// <summary>Reads the file <c>versions</c> into the table of extents: the part of opening that costs by the region's size.</summary>
internal static class VersionLoader
{
    private const int PagesAtOnce = 512;

    public static void Load(
        IStorageFile file, RegionIdentity region, ExtentTable table, ExtentCache extents, in Checkpoint checkpoint, ILogger logger)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(PagesAtOnce * VersionPage.SizeBytes);
        var pageCount = VersionPage.CountFor(region.Definition.ExtentCount);
        for (var first = 0; first < pageCount; first += PagesAtOnce)
        {
            var pages = buffer.AsSpan(0, Math.Min(PagesAtOnce, pageCount - first) * VersionPage.SizeBytes);
            var read = file.Read((long)first * VersionPage.SizeBytes, pages);
            pages[read..].Clear();
            for (var i = 0; i < pages.Length / VersionPage.SizeBytes; i++)
            {
                var page = pages.Slice(i * VersionPage.SizeBytes, VersionPage.SizeBytes);
                LoadPage(page, (uint)(first + i), region, table, extents, checkpoint.Head, logger);
            }
        }

        if (table.EstablishedCount < checkpoint.EstablishedCount)
        {
            // Pages were lost as a whole: nothing tells an extent that was never made from one whose entry is gone.
            logger.VersionsMissing(checkpoint.EstablishedCount - table.EstablishedCount);
            for (var extent = 0U; extent < table.Count; extent++)
            {
                if ((table.FlagsOf(extent) & ExtentFlags.Established) == 0)
                {
                    table.Load(Suspect(extent, extents), 0);
                }
            }
        }
    }

    private static void LoadPage(
        ReadOnlySpan<byte> page, uint index, RegionIdentity region, ExtentTable table, ExtentCache extents, ulong head, ILogger logger)
    {
        if (VersionPage.IsZero(page))
        {
            return;
        }

        var isValid = VersionPage.IsValid(page, index, region.Seed);
        var first = index * VersionPage.EntryCount;
        var end = Math.Min(first + VersionPage.EntryCount, region.Definition.ExtentCount);
        if (!isValid)
        {
            logger.VersionPageCorrupt(index, first, end - 1);
        }

        for (var extent = first; extent < end; extent++)
        {
            if (isValid)
            {
                var asOf = VersionPage.AsOf(page);
                table.Load(VersionPage.Entry(page, extent), asOf, isAhead: asOf > head);
            }
            else
            {
                table.Load(Suspect(extent, extents), 0);
            }
        }
    }

    /// <summary>An extent whose entry is lost: its file, where there is one, tells the version it was last applied at.</summary>
    private static ExtentEntry Suspect(uint extent, ExtentCache extents)
    {
        var entry = extents.TryReadMetadata(extent, out var found) ? found : new ExtentEntry(extent, 0, 0, ExtentFlags.Established);
        return entry with { Flags = entry.Flags | ExtentFlags.Established | ExtentFlags.Damaged };
    }
}
