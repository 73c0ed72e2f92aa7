namespace Crucible.Storage;

/// <summary>
/// Brings the blocks of a large write straight to where they stay, so that they go to the disk once: each into that home of its
/// extent that holds nothing anybody needs. The journal gets a record without data, which counts only if the homes hold what its
/// contexts prove. The appender's alone.
/// </summary>
/// <remarks>
/// A home is free where the block's newest version is its extent's, and lies in the other home, or is no data at all. So a block
/// of which the journal knows anything takes the way through the journal; docs/decisions/0008 tells why that is enough.
/// </remarks>
internal sealed class DirectWriter(RegionIdentity region, RegionMemory memory, ExtentCache extents, DirectFiles files, int leastBytes)
{
    /// <summary>Writes to the file for one job; one that is cut into more pieces is no large write.</summary>
    private const int MaxRuns = 8;

    /// <summary>A copy of a repair is smaller than the large writes of guests that it brings over.</summary>
    private const int RepairShare = 2;

    /// <summary>Bytes of direct writes not yet applied, at which they go through the journal until some were.</summary>
    private const long MaxPendingBytes = 1L << 30;

    private readonly RegionDefinition _definition = region.Definition;
    private readonly byte[] _contexts = new byte[BlockProof.MaxBlocks(region.Definition) * (uint)region.Definition.ContextSizeBytes];
    private readonly BlockHome[] _homes = new BlockHome[BlockProof.MaxBlocks(region.Definition)];

    /// <summary>Whether a write of so many bytes is a large one.</summary>
    public bool IsLarge(RecordKind kind, int bytes) =>
        leastBytes != 0
        && region.Layout.HasTwoHomes
        && bytes >= (kind == RecordKind.RepairWrite ? leastBytes / RepairShare : leastBytes);

    /// <summary>Writes the blocks, all of which are known to be what their contexts prove, and stages the file.</summary>
    /// <param name="homed">Contexts of the job; where this succeeds those of data tell their homes.</param>
    /// <returns>False if the blocks must go through the journal; nothing that anybody reads has changed.</returns>
    public bool TryWrite(BlockIndex start, uint count, Span<byte> homed, ReadOnlySpan<byte> data)
    {
        if (!files.HasRoom || !MayBegin(start, count, out var flags, out var isNew))
        {
            return false;
        }

        ExtentFile? file = null;
        try
        {
            var extent = _definition.ExtentOf(start).Value;
            var homes = _homes.AsSpan(0, (int)count);
            if ((flags & ExtentFlags.Established) == 0)
            {
                homes.Clear();
                file = files.Open(extent, isNew);
            }
            else
            {
                file = extents.Pin(extent);
                if (file is null || !TryChooseHomes(file, start, count, homes))
                {
                    return false;
                }
            }

            if (!TryWriteRuns(file, start, homed, homes, data))
            {
                return false;
            }

            files.Stage(file);
            file = null;
            return true;
        }
        catch (StorageException)
        {
            // The disk refuses, perhaps for want of space: the journal has its space, and says what is wrong if it can't either.
            return false;
        }
        finally
        {
            if (file is not null)
            {
                extents.Unpin(file);
            }
        }
    }

    private bool MayBegin(BlockIndex start, uint count, out ExtentFlags flags, out bool isNew)
    {
        var extent = _definition.ExtentOf(start).Value;
        isNew = false;
        lock (memory.Lock)
        {
            flags = memory.Extents.FlagsOf(extent);
            if ((flags & (ExtentFlags.Damaged | ExtentFlags.FileFaulted)) != 0
                || (long)memory.DirectCount << _definition.BlockShift >= MaxPendingBytes)
            {
                return false;
            }

            for (var i = 0U; i < count; i++)
            {
                if (memory.IsJournalled((start + i).Value) && !Planted.Is(PlantedBug.DirectOverPending))
                {
                    return false;
                }
            }

            if ((flags & ExtentFlags.Established) == 0)
            {
                isNew = (flags & ExtentFlags.Direct) == 0;

                // The apply under way is about to make that file anew.
                if (isNew && (flags & ExtentFlags.Planned) != 0)
                {
                    return false;
                }

                // From here on no apply does.
                memory.Extents.Mark(extent, add: ExtentFlags.Direct, remove: ExtentFlags.None);
            }
        }

        return true;
    }

    private bool TryChooseHomes(ExtentFile file, BlockIndex start, uint count, Span<BlockHome> homes)
    {
        var size = _definition.ContextSizeBytes;
        var contexts = _contexts.AsSpan(0, (int)count * size);
        var outcome = ContextReader.Read(
            file, region, _definition.OffsetInExtent(start), (int)count, contexts, cachedOnly: false, homes);
        if (outcome != ExtentReadOutcome.Done)
        {
            return false;
        }

        for (var i = 0; i < homes.Length; i++)
        {
            var hasData = BlockContext.State(contexts.Slice(i * size, size)) == BlockState.Data;
            homes[i] = hasData && !Planted.Is(PlantedBug.DirectInPlace) ? HomedContext.Other(homes[i]) : BlockHome.First;
        }

        return true;
    }

    private bool TryWriteRuns(
        ExtentFile file, BlockIndex start, Span<byte> homed, ReadOnlySpan<BlockHome> homes, ReadOnlySpan<byte> data)
    {
        if (CountRuns(homed, homes) > MaxRuns)
        {
            return false;
        }

        var size = _definition.ContextSizeBytes;
        var first = _definition.OffsetInExtent(start);
        for (var i = 0; i < homes.Length;)
        {
            var run = RunOfData(homed, homes, i);
            if (run == 0)
            {
                i++;
                continue;
            }

            var bytes = run << _definition.BlockShift;
            file.File.Write(region.Layout.BlockOffset(first + (uint)i, homes[i]), data[..bytes]);
            data = data[bytes..];
            for (var end = i + run; i < end; i++)
            {
                HomedContext.SetHome(homed.Slice(i * size, size), homes[i]);
            }
        }

        return true;
    }

    private int CountRuns(ReadOnlySpan<byte> contexts, ReadOnlySpan<BlockHome> homes)
    {
        var runs = 0;
        for (var i = 0; i < homes.Length;)
        {
            var run = RunOfData(contexts, homes, i);
            runs += run == 0 ? 0 : 1;
            i += Math.Max(run, 1);
        }

        return runs;
    }

    /// <summary>How many blocks from that one on are data and go to the same home.</summary>
    private int RunOfData(ReadOnlySpan<byte> contexts, ReadOnlySpan<BlockHome> homes, int from)
    {
        var size = _definition.ContextSizeBytes;
        var to = from;
        while (to < homes.Length && homes[to] == homes[from] && BlockContext.State(contexts.Slice(to * size, size)) == BlockState.Data)
        {
            to++;
        }

        return to - from;
    }
}
