namespace Crucible.Simulation;

/// <summary>
/// Makes and checks block contexts as the upstairs does. An encrypted volume's blocks are hidden by <see cref="SimulatedCipher"/>,
/// for the real one draws real random numbers.
/// </summary>
internal static class BlockSeal
{
    /// <summary>Seals blocks in place and fills in their contexts.</summary>
    public static void Seal(RegionDefinition definition, BlockIndex start, Span<byte> blocks, Span<byte> contexts)
    {
        var blockSize = (int)definition.BlockSizeBytes;
        Span<byte> proof = stackalloc byte[SimulatedCipher.NonceAndTagBytes];
        for (uint i = 0; i < blocks.Length / blockSize; i++)
        {
            var block = blocks.Slice((int)i * blockSize, blockSize);
            var context = contexts.Slice((int)i * definition.ContextSizeBytes, definition.ContextSizeBytes);
            if (definition.Encrypted)
            {
                SimulatedCipher.Encrypt(start + i, block, proof);
            }

            BlockContext.WriteData(context, BlockContext.Checksum(block, start + i));
            if (definition.Encrypted)
            {
                proof.CopyTo(context[BlockContext.PlainSizeBytes..]);
            }
        }
    }

    /// <summary>Checks blocks against their contexts and, where <paramref name="target"/> is not empty, puts them into it. False: not proved.</summary>
    /// <exception cref="ViolationException">
    /// The checksum proves a block, and nonce or tag are none that were made for it: contexts are checked at rest and on the wire,
    /// so that what is left of them is never another version's.
    /// </exception>
    public static bool Open(
        RegionDefinition definition, BlockIndex start, uint count, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data, Span<byte> target)
    {
        var (blockSize, contextSize) = ((int)definition.BlockSizeBytes, definition.ContextSizeBytes);
        if (contexts.Length != count * contextSize)
        {
            return false;
        }

        Span<byte> scratch = definition.Encrypted ? stackalloc byte[blockSize] : [];
        for (uint i = 0; i < count; i++)
        {
            var context = contexts.Slice((int)i * contextSize, contextSize);
            var plain = target.IsEmpty ? scratch : target.Slice((int)i * blockSize, blockSize);
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

            if (definition.Encrypted && !SimulatedCipher.TryDecrypt(start + i, plain, context[BlockContext.PlainSizeBytes..]))
            {
                throw new ViolationException("I6", $"block {start + i} is what its checksum proves, and its nonce or tag were made for another");
            }

            data = data[blockSize..];
        }

        return data.IsEmpty;
    }
}
