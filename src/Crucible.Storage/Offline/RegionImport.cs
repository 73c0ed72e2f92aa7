namespace Crucible.Storage;

/// <summary>Fills a region from a raw image, offline. Three regions filled from one image are alike.</summary>
public static class RegionImport
{
    private static readonly FlushNumber ImportFlush = new(1);

    /// <summary>
    /// Writes the image from the region's start on and flushes it, as flush 1 of generation 0. Blocks of zeroes stay never
    /// written: the region must be fresh. The last block is filled up with zeroes.
    /// </summary>
    /// <param name="progress">Told bytes done; may be null.</param>
    /// <returns>Bytes of the image.</returns>
    /// <exception cref="RegionExistsException">The region has been written before.</exception>
    /// <exception cref="StorageException">The image is larger than the region, the region is encrypted, or a write failed.</exception>
    public static ulong Run(Region region, Stream image, Action<ulong>? progress, CancellationToken cancellationToken)
    {
        if (region.Appended.Value != 0)
        {
            throw new RegionExistsException("an image can only be imported into a fresh region");
        }

        if (region.Definition.Encrypted)
        {
            throw new StorageException(ErrorCode.Unsupported, "an encrypted region has no key: import through an upstairs");
        }

        var definition = region.Definition;
        var chunk = RegionVerifier.ChunkBlocks(definition);
        var buffer = GC.AllocateUninitializedArray<byte>((int)(chunk * definition.BlockSizeBytes), pinned: true);
        var packed = GC.AllocateUninitializedArray<byte>(buffer.Length, pinned: true);
        var contexts = new byte[chunk * (uint)definition.ContextSizeBytes];
        var written = new SortedSet<ExtentId>(Comparer<ExtentId>.Create(static (a, b) => a.Value.CompareTo(b.Value)));
        var total = 0UL;
        for (var block = 0UL; ; block += chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var inExtent = definition.OffsetInExtent(new BlockIndex(block));
            chunk = Math.Min(RegionVerifier.ChunkBlocks(definition), definition.ExtentSizeBlocks - inExtent);
            var wanted = block < definition.TotalBlocks ? (int)(chunk * definition.BlockSizeBytes) : 1;
            var read = image.ReadAtLeast(buffer.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
            if (read == 0)
            {
                break;
            }

            if (block >= definition.TotalBlocks)
            {
                throw new StorageException(ErrorCode.OutOfRange, $"the image is larger than the region's {definition.TotalBytes} bytes");
            }

            var blocks = (read + (int)definition.BlockSizeBytes - 1) >> definition.BlockShift;
            buffer.AsSpan(read, (blocks << definition.BlockShift) - read).Clear();
            if (WriteRuns(region, block, blocks, buffer, packed, contexts))
            {
                written.Add(definition.ExtentOf(new BlockIndex(block)));
            }

            total += (ulong)read;
            progress?.Invoke(total);
        }

        foreach (var extent in written)
        {
            Append(region, static (batch, extent) => batch.AddExtentVersion(extent, Generation.None, ImportFlush, dirty: false), extent);
        }

        Append(region, static (batch, _) => batch.AddFlush(Generation.None, default, ImportFlush), 0);
        Require(region, region.Sync());
        Require(region, region.Apply(force: true));
        return total;
    }

    /// <summary>Writes what is not zero, as one job.</summary>
    /// <returns>Whether there was anything.</returns>
    private static bool WriteRuns(Region region, ulong start, int blocks, byte[] buffer, byte[] packed, byte[] contexts)
    {
        var definition = region.Definition;
        var blockBytes = (int)definition.BlockSizeBytes;
        var contextBytes = definition.ContextSizeBytes;
        var length = 0;
        for (var i = 0; i < blocks; i++)
        {
            var content = buffer.AsSpan(i * blockBytes, blockBytes);
            var context = contexts.AsSpan(i * contextBytes, contextBytes);
            context.Clear();
            if (content.ContainsAnyExcept((byte)0))
            {
                BlockContext.WriteData(context, BlockContext.Checksum(content, new BlockIndex(start + (ulong)i)));
                content.CopyTo(packed.AsSpan(length));
                length += blockBytes;
            }
        }

        if (length == 0)
        {
            return false;
        }

        Append(
            region,
            static (batch, job) => batch.AddRepairWrite(job.Start, job.Count, job.Contexts.Span, job.Data),
            (Start: new BlockIndex(start), Count: (uint)blocks,
                Contexts: contexts.AsMemory(0, blocks * contextBytes), Data: packed.AsMemory(0, length)));
        return true;
    }

    private static void Append<T>(Region region, Func<AppendBatch, T, AppendResult> add, T job)
    {
        if (region.NeedsApply)
        {
            Require(region, region.Apply(force: false));
        }

        var batch = region.BeginAppend();
        var result = add(batch, job);
        if (result.Status == AppendStatus.RegionFull)
        {
            Require(region, region.Apply(force: true));
            result = add(batch, job);
        }

        Require(region, result.IsAdded ? region.Commit(batch) : result.Error);
    }

    private static void Require(Region region, ErrorCode error)
    {
        if (error != ErrorCode.None)
        {
            throw new StorageException(error, $"cannot write the region: {region.FaultReason ?? error.ToString()}");
        }
    }
}
