using Crucible.Storage;

namespace Crucible.Downstairs.Program;

/// <summary>What <c>dump --json</c> writes, and what the text is made from.</summary>
/// <param name="Regions">The regions, in the order in which they were given.</param>
/// <param name="Extents">Their versions, extent by extent.</param>
/// <param name="Blocks">The blocks asked for.</param>
/// <param name="Differences">What differs, at most <see cref="RegionComparer.MaxDifferences"/>.</param>
/// <param name="DifferenceCount">Differences in all.</param>
/// <param name="Alike">Whether there are none.</param>
internal sealed record DumpReport(
    IReadOnlyList<DumpRegion> Regions,
    IReadOnlyList<DumpExtent> Extents,
    IReadOnlyList<DumpBlock> Blocks,
    IReadOnlyList<DumpDifference> Differences,
    ulong DifferenceCount,
    bool Alike);

/// <summary>What a region knows of itself.</summary>
internal sealed record DumpRegion(
    string Path,
    string Region,
    string? Volume,
    uint BlockSizeBytes,
    uint ExtentSizeBlocks,
    uint ExtentCount,
    bool Encrypted,
    ulong PromisedGeneration,
    ulong InSyncGeneration,
    bool Repairing,
    ulong PositionGeneration,
    ulong PositionJob,
    ulong FlushGeneration,
    ulong FlushNumber,
    ulong JournalBytesUsed)
{
    public static DumpRegion Of(string path, Region region)
    {
        var (definition, state) = (region.Definition, region.State);
        return new DumpRegion(
            path,
            region.Id.ToString(),
            state.Volume == VolumeId.None ? null : state.Volume.ToString(),
            definition.BlockSizeBytes,
            definition.ExtentSizeBlocks,
            definition.ExtentCount,
            definition.Encrypted,
            state.PromisedGeneration.Value,
            state.InSyncGeneration.Value,
            state.Repairing,
            state.Position.Generation.Value,
            state.Position.Job.Value,
            state.FlushGeneration.Value,
            state.FlushNumber.Value,
            region.JournalBytesUsed);
    }
}

/// <summary>An extent's version in each region.</summary>
internal sealed record DumpExtent(uint Extent, IReadOnlyList<DumpVersion> Versions, bool Differs);

/// <summary>One version.</summary>
internal sealed record DumpVersion(ulong Generation, ulong FlushNumber, bool Dirty, bool Faulted);

/// <summary>A block's context in each region, in hexadecimal; null where it is damaged.</summary>
internal sealed record DumpBlock(ulong Block, uint Extent, IReadOnlyList<DumpContext> Contexts, bool Differs);

/// <summary>One context: its state in words, and all of its bytes.</summary>
internal sealed record DumpContext(string State, string? Bytes);

/// <summary>A run of blocks, or an extent, that is not alike.</summary>
internal sealed record DumpDifference(string Kind, uint Extent, ulong FirstBlock, uint BlockCount);
