using Crucible.Hosting;
using Crucible.Storage;

namespace Crucible.Downstairs.Program;

/// <summary>What to show of the regions.</summary>
/// <param name="Extent">Only this extent, with its blocks; null for all extents, without.</param>
/// <param name="Block">Only this block; null for none in particular.</param>
/// <param name="OnlyDiffering">Leave out what is alike.</param>
internal sealed record DumpSelection(uint? Extent, ulong? Block, bool OnlyDiffering);

/// <summary>Looks at regions and compares them.</summary>
internal static class Dump
{
    /// <exception cref="UsageException">There is no such extent or block.</exception>
    public static DumpReport Make(OfflineRegions regions, DumpSelection selection, Action<uint, uint>? progress, CancellationToken stop)
    {
        var definition = regions.All[0].Definition;
        var comparer = new RegionComparer(regions.All);
        var only = Resolve(selection, definition);
        comparer.Compare(only, withData: true, progress, stop);
        var sameGeometry = regions.All.All(r => r.Definition == definition);
        var differing = comparer.Differences.Select(d => d.Extent.Value).ToHashSet();
        return new DumpReport(
            [.. regions.Paths.Zip(regions.All, DumpRegion.Of)],
            sameGeometry ? Extents(regions.All, only, differing, selection.OnlyDiffering) : [],
            sameGeometry && only is { } extent ? Blocks(regions.All, extent, selection, comparer.Differences) : [],
            [.. comparer.Differences.Select(d => new DumpDifference(Word(d.Kind), d.Extent.Value, d.Start.Value, d.BlockCount))],
            comparer.Count,
            comparer.Count == 0);
    }

    private static ExtentId? Resolve(DumpSelection selection, RegionDefinition definition)
    {
        if (selection.Block is { } block)
        {
            if (block >= definition.TotalBlocks)
            {
                throw new UsageException($"block {block} is not one of 0 to {definition.TotalBlocks - 1}");
            }

            var extent = definition.ExtentOf(new BlockIndex(block));
            return selection.Extent is { } given && given != extent.Value
                ? throw new UsageException($"block {block} is in extent {extent}, not in {given}")
                : extent;
        }

        return selection.Extent switch
        {
            null => null,
            { } extent when extent < definition.ExtentCount => new ExtentId(extent),
            { } extent => throw new UsageException($"extent {extent} is not one of 0 to {definition.ExtentCount - 1}"),
        };
    }

    private static List<DumpExtent> Extents(
        IReadOnlyList<Region> regions, ExtentId? only, HashSet<uint> differing, bool onlyDiffering)
    {
        var extents = new List<DumpExtent>();
        var first = only?.Value ?? 0;
        var end = only is null ? regions[0].Definition.ExtentCount : first + 1;
        for (var extent = first; extent < end; extent++)
        {
            var differs = differing.Contains(extent);
            if (differs || !onlyDiffering)
            {
                extents.Add(new DumpExtent(extent, [.. regions.Select(r => VersionOf(r, new ExtentId(extent)))], differs));
            }
        }

        return extents;
    }

    private static DumpVersion VersionOf(Region region, ExtentId extent)
    {
        var version = region.VersionOf(extent);
        return new DumpVersion(version.Generation.Value, version.FlushNumber.Value, version.Dirty, version.Faulted);
    }

    private static List<DumpBlock> Blocks(
        IReadOnlyList<Region> regions, ExtentId extent, DumpSelection selection, IReadOnlyList<RegionDifference> differences)
    {
        var definition = regions[0].Definition;
        var blocks = new List<DumpBlock>();
        var first = selection.Block ?? definition.FirstBlockOf(extent).Value;
        var end = selection.Block is { } one ? one + 1 : first + definition.ExtentSizeBlocks;
        var context = new byte[definition.ContextSizeBytes];
        for (var block = first; block < end; block++)
        {
            var index = new BlockIndex(block);
            var differs = differences.Any(d => d.BlockCount != 0 && d.Start.Value <= block && block - d.Start.Value < d.BlockCount);
            if (differs || !selection.OnlyDiffering)
            {
                blocks.Add(new DumpBlock(block, extent.Value, [.. regions.Select(r => ContextOf(r, index, context))], differs));
            }
        }

        return blocks;
    }

    private static DumpContext ContextOf(Region region, BlockIndex block, byte[] context)
    {
        var error = region.ReadContexts(block, 1, context);
        if (error != ErrorCode.None || !BlockContext.IsWellFormed(context))
        {
            return new DumpContext("damaged", null);
        }

        var state = BlockContext.State(context) switch
        {
            BlockState.Data => "data",
            BlockState.Zeroes => "zeroes",
            BlockState.Lost => "lost",
            _ => "never written",
        };
        return new DumpContext(state, Convert.ToHexStringLower(context));
    }

    private static string Word(RegionDifferenceKind kind) => kind switch
    {
        RegionDifferenceKind.Geometry => "geometry",
        RegionDifferenceKind.Version => "version",
        RegionDifferenceKind.Contexts => "contexts",
        RegionDifferenceKind.Data => "data",
        _ => "unreadable",
    };
}
