using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption.Tests;

public sealed class BlockCipherTests : IDisposable
{
    private static readonly VolumeId Volume = new(new Guid("00112233-4455-6677-8899-aabbccddeeff"));
    private static readonly BlockIndex Index = new(0x0102030405060708);

    private readonly byte[] _keyBytes = RandomNumberGenerator.GetBytes(EncryptionKey.SizeBytes);
    private readonly EncryptionKey _key;
    private readonly BlockCipher _cipher;

    public BlockCipherTests()
    {
        _key = new EncryptionKey(_keyBytes);
        _cipher = new BlockCipher(_key, Volume);
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(32768)]
    public void A_block_comes_back_as_it_was(int blockBytes)
    {
        var plain = RandomNumberGenerator.GetBytes(blockBytes);
        var cipher = new byte[blockBytes];
        var context = new byte[BlockContext.EncryptedSizeBytes];

        _cipher.Encrypt(Index, plain, cipher, context);
        var decrypted = new byte[blockBytes];
        var proved = _cipher.TryDecrypt(Index, cipher, context, decrypted);

        Assert.True(proved);
        Assert.Equal(plain, decrypted);
        Assert.NotEqual(plain, cipher);
    }

    [Fact]
    public void A_block_is_encrypted_and_decrypted_in_place()
    {
        var plain = RandomNumberGenerator.GetBytes(4096);
        var buffer = plain.ToArray();
        var context = new byte[BlockContext.EncryptedSizeBytes];

        _cipher.Encrypt(Index, buffer, buffer, context);
        var encrypted = buffer.ToArray();
        var proved = _cipher.TryDecrypt(Index, buffer, context, buffer);

        Assert.NotEqual(plain, encrypted);
        Assert.True(proved);
        Assert.Equal(plain, buffer);
    }

    [Fact]
    public void Buffers_that_overlap_in_part_are_refused()
    {
        var buffer = new byte[1024];
        var context = new byte[BlockContext.EncryptedSizeBytes];

        Assert.Throws<InvariantException>(() => _cipher.Encrypt(Index, buffer.AsSpan(0, 512), buffer.AsSpan(16, 512), context));
    }

    [Fact]
    public void The_context_is_one_that_a_downstairs_can_check_without_a_key()
    {
        var block = new Sealed(_cipher, Index);

        Assert.True(BlockContext.IsWellFormed(block.Context));
        Assert.Equal(BlockState.Data, BlockContext.State(block.Context));
        Assert.True(BlockContext.Proves(block.Context, block.Cipher, Index));
    }

    [Fact]
    public void Volume_id_and_block_index_are_the_associated_data()
    {
        var block = new Sealed(_cipher, Index);
        var nonce = BlockContext.Nonce(block.Context);
        var associatedData = Convert.FromHexString("00112233445566778899AABBCCDDEEFF" + "0807060504030201");
        using var xaes = new Xaes256Gcm(_keyBytes);
        var plain = new byte[Sealed.BlockBytes];

        var proved = xaes.TryDecrypt(nonce, block.Cipher, BlockContext.Tag(block.Context), plain, associatedData);

        Assert.True(proved);
        Assert.Equal(block.Plain, plain);
    }

    [Fact]
    public void The_same_block_twice_looks_different()
    {
        var plain = new byte[512];
        var ciphers = new[] { new byte[512], new byte[512] };
        var context = new byte[BlockContext.EncryptedSizeBytes];

        _cipher.Encrypt(Index, plain, ciphers[0], context);
        _cipher.Encrypt(Index, plain, ciphers[1], context);

        Assert.NotEqual(ciphers[0], ciphers[1]);
    }

    [Fact]
    public void Another_activation_of_the_volume_reads_the_block()
    {
        var block = new Sealed(_cipher, Index);
        using var later = new BlockCipher(_key, Volume);

        Assert.True(block.Opens(later));
        Assert.NotEqual(block.Prefix, new Sealed(later, Index).Prefix);
    }

    [Fact]
    public void A_disposed_cipher_refuses_to_work()
    {
        var block = new Sealed(_cipher, Index);
        _cipher.Dispose();

        Assert.Throws<ObjectDisposedException>(() => new Sealed(_cipher, Index));
        Assert.Throws<ObjectDisposedException>(() => block.Opens(_cipher));
    }

    [Fact]
    public void A_cipher_outlives_the_key_it_was_made_from()
    {
        _key.Dispose();

        Assert.True(new Sealed(_cipher, Index).Opens(_cipher));
        Assert.Throws<ObjectDisposedException>(() => new BlockCipher(_key, Volume));
    }

    [Fact]
    public void Encrypting_and_decrypting_allocate_nothing()
    {
        const int Rounds = 1_000;
        var buffer = new byte[4096];
        var context = new byte[BlockContext.EncryptedSizeBytes];
        Assert.Equal(3, RoundTrips(3, buffer, context));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var proved = RoundTrips(Rounds, buffer, context);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(Rounds, proved);
    }

    private int RoundTrips(int rounds, byte[] buffer, byte[] context)
    {
        var proved = 0;
        for (var round = 0; round < rounds; round++)
        {
            _cipher.Encrypt(Index, buffer, buffer, context);
            proved += _cipher.TryDecrypt(Index, buffer, context, buffer) ? 1 : 0;
        }

        return proved;
    }
}
