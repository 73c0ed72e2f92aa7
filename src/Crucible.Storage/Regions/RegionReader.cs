namespace Crucible.Storage;

/// <summary>
/// Reads blocks from the journal and the extents. A read looks its blocks up under the region's lock, reads without it,
/// and then makes sure that nothing it read was moved or overwritten meanwhile; if something was, it reads again.
/// Of a faulted region it reads what was durable before the fault: of a block whose newest version was not, nobody knows
/// what the disk holds, and an older version would be a lie (I10).
/// </summary>
internal sealed class RegionReader(
    RegionIdentity region, RegionMemory memory, Journal journal, ExtentCache extents, DamageLog damage, RegionFault fault)
{
    /// <summary>Blocks looked up at once: their positions lie on the stack.</summary>
    private const int ChunkBlocks = RecordLimits.MaxContextBlocks;

    private readonly RegionDefinition _definition = region.Definition;

    /// <param name="wouldBlock">Whether it stopped because the disk would have to be waited for; all else is then undefined.</param>
    public ErrorCode Read(
        BlockIndex start, uint count, Span<byte> contexts, Span<byte> data, ReadModes modes, out int dataLength, out bool wouldBlock)
    {
        dataLength = 0;
        wouldBlock = false;
        if (!_definition.ContainsInOneExtent(start, count))
        {
            return ErrorCode.OutOfRange;
        }

        if ((ulong)contexts.Length < (ulong)count * (uint)_definition.ContextSizeBytes)
        {
            return ErrorCode.NotAligned;
        }

        try
        {
            return ReadChunks(start, count, contexts, data, modes, ref dataLength, out wouldBlock);
        }
        catch (StorageException e)
        {
            damage.ReadFailed(e.Message);
            return ErrorCode.IoError;
        }
    }

    private ErrorCode ReadChunks(
        BlockIndex start,
        uint count,
        Span<byte> contexts,
        Span<byte> data,
        ReadModes modes,
        ref int dataLength,
        out bool wouldBlock)
    {
        Span<ulong> positions = stackalloc ulong[(int)Math.Min(count, ChunkBlocks)];
        var result = ErrorCode.None;
        wouldBlock = false;
        for (var done = 0U; done < count; done += ChunkBlocks)
        {
            var chunk = new ReadChunk(_definition)
            {
                Start = start + done,
                Contexts = contexts.Slice((int)done * _definition.ContextSizeBytes),
                Positions = positions[..(int)Math.Min(count - done, ChunkBlocks)],
                Data = data[dataLength..],
                Modes = modes,
            };
            ErrorCode error;
            int length;
            while (!TryReadChunk(ref chunk, out error, out length))
            {
                // What was read has moved meanwhile: another apply was committed, or the block was written and applied.
            }

            wouldBlock = chunk.WouldBlock;
            if (wouldBlock)
            {
                return ErrorCode.None;
            }

            if (error is not (ErrorCode.None or ErrorCode.IntegrityError))
            {
                return error;
            }

            result = error == ErrorCode.None ? result : error;
            dataLength += length;
        }

        return result;
    }

    /// <summary>False if the chunk must be read again.</summary>
    private bool TryReadChunk(ref ReadChunk chunk, out ErrorCode error, out int length)
    {
        length = 0;
        chunk.HasLost = chunk.HasDirect = false;
        var extent = _definition.ExtentOf(chunk.Start).Value;
        var missing = LookUp(ref chunk, extent, out var applies, out var appends, out var flags);
        if (chunk.IsRefused)
        {
            error = ErrorCode.RegionFaulted;
            return true;
        }

        error = ErrorCode.None;
        ExtentFile? file = null;
        var isLost = false;
        try
        {
            isLost = missing && !TryOpen(ref chunk, extent, flags, out file) && !chunk.WouldBlock;
            if (isLost)
            {
                chunk.FillMissing(ContextPage.LostByte);
                error = ErrorCode.IntegrityError;
            }
            else if (file is not null)
            {
                error = ReadContexts(ref chunk, file);
            }

            if (!chunk.WouldBlock && chunk.WithData && chunk.HasDirect && file is null && !TryOpenDirect(ref chunk, extent, flags, out file))
            {
                error = ErrorCode.IntegrityError;
            }

            if (!chunk.WouldBlock && chunk.WithData)
            {
                var dataError = ReadData(ref chunk, file, out length);
                error = dataError == ErrorCode.None ? error : dataError;
            }
        }
        finally
        {
            if (file is not null)
            {
                extents.Unpin(file);
            }
        }

        if (chunk.WouldBlock)
        {
            return true;
        }

        if (!IsUnchanged(ref chunk, applies, appends))
        {
            return false;
        }

        if (isLost)
        {
            damage.Found(extent, ExtentFlags.FileFaulted | ExtentFlags.Damaged, "its file is missing or not this extent's");
        }
        else if (error == ErrorCode.IntegrityError)
        {
            damage.Found(extent, ExtentFlags.Damaged, "a context page or a block is not what it should be");
        }

        error = error == ErrorCode.None && chunk.HasLost ? ErrorCode.IntegrityError : error;
        return true;
    }

    /// <summary>Notes for each block where it is; true if one of them is in an extent file.</summary>
    private bool LookUp(ref ReadChunk chunk, uint extent, out ulong applies, out ulong appends, out ExtentFlags flags)
    {
        var size = _definition.ContextSizeBytes;
        var missing = false;
        var trusted = fault.IsSet ? journal.Durable : ReadChunk.InExtent;
        lock (memory.Lock)
        {
            applies = memory.Applies;
            appends = memory.Appends;
            flags = memory.Extents.FlagsOf(extent);
            for (var i = 0; i < chunk.Positions.Length; i++)
            {
                if (!memory.TryFind(chunk.Start.Value + (ulong)i, out var place, chunk.Contexts.Slice(i * size, size)))
                {
                    chunk.Positions[i] = ReadChunk.InExtent;
                    missing = true;
                    continue;
                }

                chunk.IsRefused |= place.Position >= trusted;
                chunk.SetPlace(i, place);
            }
        }

        return missing;
    }

    /// <summary>Opens the extent's file for those blocks that are not in the journal. False if they cannot be read.</summary>
    private bool TryOpen(ref ReadChunk chunk, uint extent, ExtentFlags flags, out ExtentFile? file)
    {
        file = null;
        if ((flags & ExtentFlags.FileFaulted) != 0)
        {
            return false;
        }

        if ((flags & ExtentFlags.Established) == 0)
        {
            chunk.FillMissing(0);
            return true;
        }

        file = extents.TryPinOpen(extent);
        if (file is not null)
        {
            return true;
        }

        if (chunk.CachedOnly)
        {
            chunk.WouldBlock = true;
            return false;
        }

        file = extents.Pin(extent);
        return file is not null;
    }

    /// <summary>Opens the extent's file for blocks of direct writes alone. False if there is none.</summary>
    private bool TryOpenDirect(ref ReadChunk chunk, uint extent, ExtentFlags flags, out ExtentFile? file)
    {
        file = extents.TryPinOpen(extent);
        if (file is null && chunk.CachedOnly)
        {
            chunk.WouldBlock = true;
            return true;
        }

        file ??= (flags & ExtentFlags.Established) != 0 ? extents.Pin(extent) : extents.PinUnestablished(extent);
        return file is not null;
    }

    private ErrorCode ReadContexts(ref ReadChunk chunk, ExtentFile file)
    {
        Span<BlockHome> homes = stackalloc BlockHome[chunk.Positions.Length];
        var size = _definition.ContextSizeBytes;
        var result = ErrorCode.None;
        for (var i = 0; i < chunk.Positions.Length;)
        {
            var run = chunk.RunInExtent(i);
            if (run == 0)
            {
                i++;
                continue;
            }

            var first = _definition.OffsetInExtent(chunk.Start + (uint)i);
            var outcome = ContextReader.Read(
                file, region, first, run, chunk.Contexts.Slice(i * size, run * size), chunk.CachedOnly, homes[..run]);
            if (outcome == ExtentReadOutcome.WouldBlock)
            {
                chunk.WouldBlock = true;
                return ErrorCode.None;
            }

            result = outcome == ExtentReadOutcome.Damaged ? ErrorCode.IntegrityError : result;
            chunk.SetHomes(i, homes[..run]);
            i += run;
        }

        return result;
    }

    /// <summary>Reads the blocks that have data, adjacent ones by one call.</summary>
    private ErrorCode ReadData(ref ReadChunk chunk, ExtentFile? file, out int length)
    {
        length = 0;
        var result = ErrorCode.None;
        for (var i = 0; i < chunk.Positions.Length;)
        {
            if (!chunk.HasData(i))
            {
                chunk.HideLost(i++);
                continue;
            }

            var run = chunk.RunOfData(i);
            var bytes = run << _definition.BlockShift;
            if (chunk.Data.Length - length < bytes)
            {
                return ErrorCode.NotAligned;
            }

            var target = chunk.Data.Slice(length, bytes);
            if (!chunk.IsInFile(i))
            {
                ReadJournal(ref chunk, chunk.Positions[i], target);
            }
            else if (file is null)
            {
                target.Clear();
                result = ErrorCode.IntegrityError;
            }
            else if (!ReadExtent(ref chunk, file, i, target))
            {
                result = ErrorCode.IntegrityError;
            }

            if (chunk.WouldBlock)
            {
                return ErrorCode.None;
            }

            length += bytes;
            i += run;
        }

        return result;
    }

    private void ReadJournal(ref ReadChunk chunk, ulong position, Span<byte> target)
    {
        if (!chunk.CachedOnly)
        {
            journal.Read(position, target);
        }
        else if (!journal.TryReadCached(position, target))
        {
            chunk.WouldBlock = true;
        }
    }

    /// <summary>False if the file ends too early.</summary>
    private bool ReadExtent(ref ReadChunk chunk, ExtentFile file, int block, Span<byte> target)
    {
        var offset = region.Layout.BlockOffset(_definition.OffsetInExtent(chunk.Start + (uint)block), chunk.HomeOf(block));
        int read;
        if (!chunk.CachedOnly)
        {
            read = file.File.Read(offset, target);
        }
        else if (!file.File.TryReadCached(offset, target, out read))
        {
            chunk.WouldBlock = true;
            return true;
        }

        target[read..].Clear();
        return read == target.Length;
    }

    /// <summary>
    /// Whether everything that was read is still where it was. Ring space is reused only after an apply was committed;
    /// an extent's block is overwritten, or its home used otherwise, only while the journal indexes it.
    /// </summary>
    private bool IsUnchanged(ref ReadChunk chunk, ulong applies, ulong appends)
    {
        lock (memory.Lock)
        {
            if (memory.Applies != applies)
            {
                return false;
            }

            if (memory.Appends == appends)
            {
                return true;
            }

            for (var i = 0; i < chunk.Positions.Length; i++)
            {
                if (chunk.IsInExtent(i) && memory.IsJournalled(chunk.Start.Value + (ulong)i))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
