using System.Buffers.Binary;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// Encrypts the blocks of one volume and proves what it decrypts: XAES-256-GCM over the block, with the volume's id
/// (16 bytes, big-endian) and the block's index (u64, little-endian) as associated data. So a block that was changed,
/// moved to another place or taken from another volume does not decrypt. Make one for each activation: it draws a nonce
/// prefix of its own. Safe for concurrent callers; no allocation per block in the steady state.
/// </summary>
public sealed class BlockCipher : IDisposable
{
    private const int VolumeIdBytes = 16;
    private const int AssociatedDataBytes = VolumeIdBytes + sizeof(ulong);

    private readonly Xaes256Gcm _xaes;
    private readonly NonceSource _nonces;
    private readonly VolumeId _volume;

    /// <param name="key">The volume's master key; borrowed for the call.</param>
    /// <param name="volume">Not <see cref="VolumeId.None"/>: the id is fixed before the first block is written.</param>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public BlockCipher(EncryptionKey key, VolumeId volume)
        : this(key, volume, NonceSource.BlocksPerPrefixLimit)
    {
    }

    internal BlockCipher(EncryptionKey key, VolumeId volume, ulong blocksPerPrefix)
    {
        ArgumentNullException.ThrowIfNull(key);
        Invariant.Require(volume != VolumeId.None);
        _xaes = new Xaes256Gcm(key.Bytes);
        _nonces = new NonceSource(blocksPerPrefix);
        _volume = volume;
    }

    /// <summary>How many derived keys are kept now.</summary>
    internal int CachedKeyCount => _xaes.CachedKeyCount;

    /// <summary>
    /// Encrypts one block and fills its context: nonce, tag, checksum of the ciphertext, state <see cref="BlockState.Data"/>.
    /// </summary>
    /// <param name="index">Where the block lies in the volume.</param>
    /// <param name="plain">The block; borrowed.</param>
    /// <param name="cipher">As long as <paramref name="plain"/>; the same memory, or apart from it.</param>
    /// <param name="context"><see cref="BlockContext.EncryptedSizeBytes"/> long.</param>
    /// <exception cref="ObjectDisposedException">This was disposed.</exception>
    public void Encrypt(BlockIndex index, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> context)
    {
        Invariant.Require(context.Length == BlockContext.EncryptedSizeBytes);
        Span<byte> associatedData = stackalloc byte[AssociatedDataBytes];
        WriteAssociatedData(associatedData, index);
        Span<byte> nonce = stackalloc byte[Xaes256Gcm.NonceSizeBytes];
        Span<byte> tag = stackalloc byte[Xaes256Gcm.TagSizeBytes];

        _nonces.Next(nonce);
        _xaes.Encrypt(nonce, plain, cipher, tag, associatedData);

        BlockContext.WriteData(context, BlockContext.Checksum(cipher, index));
        nonce.CopyTo(BlockContext.Nonce(context));
        tag.CopyTo(BlockContext.Tag(context));
    }

    /// <summary>
    /// Decrypts one block of data. False if it isn't the block that <see cref="Encrypt"/> made for this index of this
    /// volume, or its context is damaged or says that there is no data. Then <paramref name="plain"/> holds nothing to use.
    /// </summary>
    /// <param name="index">Where the block lies in the volume.</param>
    /// <param name="cipher">The block as stored; borrowed.</param>
    /// <param name="context"><see cref="BlockContext.EncryptedSizeBytes"/> long; borrowed.</param>
    /// <param name="plain">As long as <paramref name="cipher"/>; the same memory, or apart from it.</param>
    /// <exception cref="ObjectDisposedException">This was disposed.</exception>
    public bool TryDecrypt(BlockIndex index, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> context, Span<byte> plain)
    {
        Invariant.Require(context.Length == BlockContext.EncryptedSizeBytes);
        if (!BlockContext.IsWellFormed(context)
            || BlockContext.State(context) != BlockState.Data
            || !BlockContext.Proves(context, cipher, index))
        {
            return false;
        }

        Span<byte> associatedData = stackalloc byte[AssociatedDataBytes];
        WriteAssociatedData(associatedData, index);
        Span<byte> copy = stackalloc byte[BlockContext.EncryptedSizeBytes];
        context.CopyTo(copy);
        return _xaes.TryDecrypt(BlockContext.Nonce(copy), cipher, BlockContext.Tag(copy), plain, associatedData);
    }

    /// <summary>Zeroes the keys. Calls that are inside finish; later ones throw.</summary>
    public void Dispose() => _xaes.Dispose();

    private void WriteAssociatedData(Span<byte> associatedData, BlockIndex index)
    {
        var written = _volume.Value.TryWriteBytes(associatedData, bigEndian: true, out var idBytes);
        Invariant.Require(written && idBytes == VolumeIdBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(associatedData[VolumeIdBytes..], index.Value);
    }
}
