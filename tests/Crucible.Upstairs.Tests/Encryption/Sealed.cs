using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption.Tests;

/// <summary>One block of random data, encrypted: what a replica would hold of it.</summary>
internal sealed class Sealed
{
    public const int BlockBytes = 512;

    public Sealed(BlockCipher cipher, BlockIndex index)
    {
        Index = index;
        cipher.Encrypt(index, Plain, Cipher, Context);
    }

    public BlockIndex Index { get; }

    public byte[] Plain { get; } = RandomNumberGenerator.GetBytes(BlockBytes);

    public byte[] Cipher { get; } = new byte[BlockBytes];

    public byte[] Context { get; } = new byte[BlockContext.EncryptedSizeBytes];

    public string Nonce => Convert.ToHexString(BlockContext.Nonce(Context));

    public string Prefix => Nonce[..(2 * NoncePrefix.SizeBytes)];

    /// <summary>Whether it decrypts, and to what was encrypted.</summary>
    public bool Opens(BlockCipher cipher) => Decrypts(cipher, out var plain) && plain.AsSpan().SequenceEqual(Plain);

    /// <summary>Whether it decrypts at all.</summary>
    public bool Decrypts(BlockCipher cipher, out byte[] plain) => Decrypts(cipher, Index, out plain);

    /// <summary>Whether it decrypts at another place.</summary>
    public bool Decrypts(BlockCipher cipher, BlockIndex index, out byte[] plain)
    {
        plain = new byte[BlockBytes];
        return cipher.TryDecrypt(index, Cipher, Context, plain);
    }

    /// <summary>Makes the checksum fit again, as whoever tampers on purpose would.</summary>
    public void MendChecksum(BlockIndex index) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(Context, BlockContext.Checksum(Cipher, index));
}
