using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption.Tests;

/// <summary>What a faulty or hostile replica can do to a block of data. With the checksum made to fit, only the tag is left.</summary>
public sealed class TamperingTests : IDisposable
{
    private const int TagOffset = 40;
    private static readonly BlockIndex Index = new(7);
    private static readonly BlockIndex Elsewhere = new(8);

    private readonly EncryptionKey _key = new(RandomNumberGenerator.GetBytes(EncryptionKey.SizeBytes));
    private readonly VolumeId _volume = new(Guid.NewGuid());
    private readonly BlockCipher _cipher;

    public TamperingTests() => _cipher = new BlockCipher(_key, _volume);

    public void Dispose()
    {
        _cipher.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_block_moved_to_another_index_does_not_decrypt(bool mendChecksum)
    {
        var block = new Sealed(_cipher, Index);
        if (mendChecksum)
        {
            block.MendChecksum(Elsewhere);
        }

        Assert.False(block.Decrypts(_cipher, Elsewhere, out _));
    }

    [Fact]
    public void A_block_of_another_volume_with_the_same_key_does_not_decrypt()
    {
        using var other = new BlockCipher(_key, new VolumeId(Guid.NewGuid()));
        var block = new Sealed(other, Index);

        Assert.True(block.Opens(other));
        Assert.False(block.Decrypts(_cipher, out _));
    }

    [Fact]
    public void A_block_under_another_key_does_not_decrypt()
    {
        using var otherKey = new EncryptionKey(RandomNumberGenerator.GetBytes(EncryptionKey.SizeBytes));
        using var other = new BlockCipher(otherKey, _volume);

        Assert.False(new Sealed(other, Index).Decrypts(_cipher, out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_flipped_bit_of_the_data_is_let_pass(bool mendChecksum)
    {
        var block = new Sealed(_cipher, Index);
        for (var bit = 0; bit < 8 * Sealed.BlockBytes; bit++)
        {
            Flip(block.Cipher, bit);
            if (mendChecksum)
            {
                block.MendChecksum(Index);
            }

            Assert.False(block.Decrypts(_cipher, out var plain));
            Assert.Equal(new byte[Sealed.BlockBytes], plain);
            Flip(block.Cipher, bit);
        }

        block.MendChecksum(Index);
        Assert.True(block.Opens(_cipher));
    }

    [Fact]
    public void No_flipped_bit_of_checksum_state_reserved_bytes_nonce_or_tag_is_let_pass()
    {
        var block = new Sealed(_cipher, Index);
        for (var bit = 0; bit < 8 * BlockContext.EncryptedSizeBytes; bit++)
        {
            Flip(block.Context, bit);
            Assert.False(block.Decrypts(_cipher, out var plain), $"bit {bit}");
            Assert.Equal(new byte[Sealed.BlockBytes], plain);
            Flip(block.Context, bit);
        }

        Assert.True(block.Opens(_cipher));
    }

    [Fact]
    public void A_tag_of_another_block_proves_nothing()
    {
        var block = new Sealed(_cipher, Index);
        var other = new Sealed(_cipher, Index);
        other.Context.AsSpan(TagOffset).CopyTo(block.Context.AsSpan(TagOffset));

        Assert.False(block.Decrypts(_cipher, out _));
    }

    [Theory]
    [InlineData(BlockState.NeverWritten)]
    [InlineData(BlockState.Zeroes)]
    public void A_context_without_data_decrypts_nothing(BlockState state)
    {
        var block = new Sealed(_cipher, Index);
        BlockContext.WriteEmpty(block.Context, state);

        Assert.False(block.Decrypts(_cipher, out _));
    }

    private static void Flip(byte[] bytes, int bit) => bytes[bit / 8] ^= (byte)(1 << (bit % 8));
}
