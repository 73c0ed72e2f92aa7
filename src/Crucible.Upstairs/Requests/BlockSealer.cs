using Crucible.Upstairs.Encryption;

namespace Crucible.Upstairs;

/// <summary>
/// Makes what is sent out of what the guest wrote, and back: checksums, and encryption where the volume has it. Thread-safe.
/// </summary>
internal sealed class BlockSealer(RegionDefinition definition, BlockCipher? cipher) : IDisposable
{
    private readonly int _blockSize = (int)definition.BlockSizeBytes;
    private readonly int _contextSize = definition.ContextSizeBytes;

    /// <summary>Whether the volume is encrypted.</summary>
    public bool Encrypts => cipher is not null;

    /// <summary>Seals blocks in place and fills in their contexts.</summary>
    public void Seal(BlockIndex start, Span<byte> blocks, Span<byte> contexts)
    {
        var count = (uint)(blocks.Length / _blockSize);
        for (uint i = 0; i < count; i++)
        {
            var block = blocks.Slice((int)i * _blockSize, _blockSize);
            var context = contexts.Slice((int)i * _contextSize, _contextSize);
            if (cipher is null)
            {
                BlockContext.WriteData(context, BlockContext.Checksum(block, start + i));
            }
            else
            {
                cipher.Encrypt(start + i, block, block, context);
            }
        }
    }

    /// <summary>Whether stored data is what its contexts prove; nothing is decrypted. For repair.</summary>
    public bool Proves(BlockIndex start, uint blockCount, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data) =>
        Walk(start, blockCount, contexts, data, default, copy: false);

    /// <summary>Checks stored data against its contexts and puts the plain blocks into <paramref name="target"/>. False: not proved.</summary>
    /// <param name="start">First block.</param>
    /// <param name="blockCount">How many.</param>
    /// <param name="contexts">A context a block.</param>
    /// <param name="data">The blocks in state data, packed.</param>
    /// <param name="target">All blocks; those without data become zeroes.</param>
    public bool Open(BlockIndex start, uint blockCount, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data, Span<byte> target) =>
        Walk(start, blockCount, contexts, data, target, copy: true);

    public void Dispose() => cipher?.Dispose();

    private bool Walk(
        BlockIndex start, uint blockCount, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data, Span<byte> target, bool copy)
    {
        if (contexts.Length != blockCount * _contextSize)
        {
            return false;
        }

        for (uint i = 0; i < blockCount; i++)
        {
            var context = contexts.Slice((int)i * _contextSize, _contextSize);
            if (!BlockContext.IsKnown(context))
            {
                return false;
            }

            var plain = copy ? target.Slice((int)i * _blockSize, _blockSize) : default;
            if (BlockContext.State(context) != BlockState.Data)
            {
                plain.Clear();
                continue;
            }

            if (data.Length < _blockSize || !OpenBlock(start + i, context, data[.._blockSize], plain, copy))
            {
                return false;
            }

            data = data[_blockSize..];
        }

        return data.IsEmpty;
    }

    private bool OpenBlock(BlockIndex index, ReadOnlySpan<byte> context, ReadOnlySpan<byte> block, Span<byte> plain, bool copy)
    {
        if (cipher is not null && copy)
        {
            return cipher.TryDecrypt(index, block, context, plain);
        }

        if (!BlockContext.Proves(context, block, index))
        {
            return false;
        }

        if (copy)
        {
            block.CopyTo(plain);
        }

        return true;
    }
}
