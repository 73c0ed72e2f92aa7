namespace Crucible.Simulation;

/// <summary>Makes and checks block contexts as the upstairs does for a volume that is not encrypted.</summary>
internal static class BlockSeal
{
    public static void Seal(RegionDefinition definition, BlockIndex start, ReadOnlySpan<byte> blocks, Span<byte> contexts)
    {
        var blockSize = (int)definition.BlockSizeBytes;
        for (uint i = 0; i < blocks.Length / blockSize; i++)
        {
            BlockContext.WriteData(
                contexts.Slice((int)i * definition.ContextSizeBytes, definition.ContextSizeBytes),
                BlockContext.Checksum(blocks.Slice((int)i * blockSize, blockSize), start + i));
        }
    }

    /// <summary>Checks blocks against their contexts and, where <paramref name="target"/> is not empty, puts them into it. False: not proved.</summary>
    public static bool Open(
        RegionDefinition definition, BlockIndex start, uint count, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data, Span<byte> target)
    {
        var (blockSize, contextSize) = ((int)definition.BlockSizeBytes, definition.ContextSizeBytes);
        if (contexts.Length != count * contextSize)
        {
            return false;
        }

        for (uint i = 0; i < count; i++)
        {
            var context = contexts.Slice((int)i * contextSize, contextSize);
            var plain = target.IsEmpty ? default : target.Slice((int)i * blockSize, blockSize);
            if (!BlockContext.IsWellFormed(context))
            {
                return false;
            }

            if (BlockContext.State(context) != BlockState.Data)
            {
                plain.Clear();
                continue;
            }

            if (data.Length < blockSize || !BlockContext.Proves(context, data[..blockSize], start + i))
            {
                return false;
            }

            if (!plain.IsEmpty)
            {
                data[..blockSize].CopyTo(plain);
            }

            data = data[blockSize..];
        }

        return data.IsEmpty;
    }
}
