namespace Crucible.Storage;

/// <summary>Writes a region out as a raw image, offline.</summary>
public static class RegionExport
{
    /// <summary>
    /// Writes every block that has data, each proved, at its place; what is zero or was never written is left a hole. The
    /// image is as long as the region.
    /// </summary>
    /// <param name="image">Seekable, empty.</param>
    /// <param name="progress">Told bytes done of all; may be null.</param>
    /// <returns>Bytes of data written.</returns>
    /// <exception cref="StorageException">A block is damaged or cannot be read, or the region is encrypted.</exception>
    public static ulong Run(Region region, Stream image, Action<ulong, ulong>? progress, CancellationToken cancellationToken)
    {
        var definition = region.Definition;
        if (definition.Encrypted)
        {
            throw new StorageException(ErrorCode.Unsupported, "an encrypted region has no key: export through an upstairs");
        }

        image.SetLength((long)definition.TotalBytes);
        var chunk = RegionVerifier.ChunkBlocks(definition);
        var contexts = new byte[chunk * (uint)definition.ContextSizeBytes];
        var data = new byte[chunk * definition.BlockSizeBytes];
        var written = 0UL;
        for (var extent = 0U; extent < definition.ExtentCount; extent++)
        {
            for (var done = 0U; done < definition.ExtentSizeBlocks; done += chunk)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var start = definition.FirstBlockOf(new ExtentId(extent)) + done;
                var count = Math.Min(chunk, definition.ExtentSizeBlocks - done);
                var error = region.Read(start, count, contexts, data, out var length, verify: true);
                if (error != ErrorCode.None)
                {
                    throw new StorageException(error, $"cannot export {Bad(region, start, count, contexts, error)}");
                }

                Write(definition, image, start, count, contexts, data);
                written += (ulong)length;
            }

            progress?.Invoke((extent + 1) * definition.ExtentSizeBytes, definition.TotalBytes);
        }

        return written;
    }

    /// <summary>The first block that stopped the export, and why.</summary>
    private static string Bad(Region region, BlockIndex start, uint count, byte[] contexts, ErrorCode error)
    {
        var size = region.Definition.ContextSizeBytes;
        for (var i = 0U; error == ErrorCode.IntegrityError && i < count; i++)
        {
            if (!BlockContext.IsKnown(contexts.AsSpan((int)i * size, size)))
            {
                return $"block {start + i}: it is {(RegionVerifier.IsLost(region, start + i) ? "lost" : "damaged")}";
            }
        }

        return $"blocks {start} to {start + (count - 1)}: {error}";
    }

    private static void Write(RegionDefinition definition, Stream image, BlockIndex start, uint count, byte[] contexts, byte[] data)
    {
        var size = definition.ContextSizeBytes;
        var from = 0;
        for (var i = 0; i < count;)
        {
            var run = 0;
            while (i + run < count && BlockContext.State(contexts.AsSpan((i + run) * size, size)) == BlockState.Data)
            {
                run++;
            }

            if (run != 0)
            {
                image.Position = (long)((start.Value + (ulong)i) << definition.BlockShift);
                image.Write(data, from, run << definition.BlockShift);
                from += run << definition.BlockShift;
            }

            i += Math.Max(run, 1);
        }
    }
}
