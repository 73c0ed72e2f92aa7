using System.Buffers.Binary;

namespace Crucible.Simulation;

/// <summary>
/// Stands in for XAES-256-GCM: hides nothing from anybody, but like it needs just the nonce and the tag that were made with a block
/// for its place. The nonce comes from the block's stamp, which no other write bears, so that a life is the same each time.
/// </summary>
internal static class SimulatedCipher
{
    /// <summary>24 bytes of nonce and 16 of tag.</summary>
    public const int NonceAndTagBytes = BlockContext.EncryptedSizeBytes - BlockContext.PlainSizeBytes;

    private const int NonceBytes = 24;

    /// <summary>Encrypts a block in place and fills in what decrypts it.</summary>
    public static void Encrypt(BlockIndex index, Span<byte> block, Span<byte> nonceAndTag)
    {
        var stamp = BinaryPrimitives.ReadUInt64LittleEndian(block);
        for (var at = 0; at < NonceBytes; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(nonceAndTag[at..], SimulationRandom.Mix(unchecked((stamp * 3) + index.Value + (ulong)at)));
        }

        WriteTag(index, block, nonceAndTag[..NonceBytes], nonceAndTag[NonceBytes..]);
        Hide(block, nonceAndTag[..NonceBytes]);
    }

    /// <summary>Decrypts a block in place. False: nonce and tag were not made with it, for this place.</summary>
    public static bool TryDecrypt(BlockIndex index, Span<byte> block, ReadOnlySpan<byte> nonceAndTag)
    {
        Hide(block, nonceAndTag[..NonceBytes]);
        Span<byte> tag = stackalloc byte[NonceAndTagBytes - NonceBytes];
        WriteTag(index, block, nonceAndTag[..NonceBytes], tag);
        return tag.SequenceEqual(nonceAndTag[NonceBytes..]);
    }

    private static void WriteTag(BlockIndex index, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, Span<byte> tag)
    {
        var hash = XxHash64.Hash(plain, XxHash64.Hash(nonce, index.Value));
        BinaryPrimitives.WriteUInt64LittleEndian(tag, hash);
        BinaryPrimitives.WriteUInt64LittleEndian(tag[8..], SimulationRandom.Mix(hash));
    }

    // Once hides, twice shows.
    private static void Hide(Span<byte> block, ReadOnlySpan<byte> nonce)
    {
        var key = XxHash64.Hash(nonce, 0);
        for (var at = 0; at < block.Length; at += 8)
        {
            var word = block.Slice(at, 8);
            BinaryPrimitives.WriteUInt64LittleEndian(word, BinaryPrimitives.ReadUInt64LittleEndian(word) ^ SimulationRandom.Mix(unchecked(key + (ulong)at)));
        }
    }
}
