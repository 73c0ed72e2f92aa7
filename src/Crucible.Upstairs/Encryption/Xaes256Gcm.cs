using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// XAES-256-GCM, authenticated encryption with a 192-bit nonce (c2sp.org/XAES-256-GCM): the nonce's first 96 bits derive
/// a key from the master key, its last 96 bits are the nonce of AES-256-GCM under that key. Safe for concurrent callers.
/// Allocates only where a derived key is not in the cache, or more callers than ever before are inside at once.
/// </summary>
internal sealed class Xaes256Gcm : IDisposable
{
    public const int KeySizeBytes = KeyDerivation.KeySizeBytes;
    public const int NonceSizeBytes = 24;
    public const int TagSizeBytes = 16;

    private readonly DerivedCipherCache _ciphers;

    /// <param name="key">32 bytes; borrowed for the call.</param>
    public Xaes256Gcm(ReadOnlySpan<byte> key) => _ciphers = new DerivedCipherCache(key);

    /// <summary>How many derived keys are kept now; at most <see cref="DerivedCipherCache.PrefixLimit"/>.</summary>
    public int CachedKeyCount => _ciphers.Count;

    /// <summary>
    /// Encrypts into <paramref name="cipher"/>, as long as <paramref name="plain"/> and either the same memory or apart
    /// from it. The nonce (24 bytes) must never have been used before with this key.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This was disposed.</exception>
    public void Encrypt(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plain,
        Span<byte> cipher,
        Span<byte> tag,
        ReadOnlySpan<byte> associatedData)
    {
        Invariant.Require(nonce.Length == NonceSizeBytes);
        Invariant.Require(!plain.Overlaps(cipher, out var offset) || offset == 0);

        using var rental = _ciphers.Rent(NoncePrefix.Read(nonce));
        rental.Instance.Encrypt(nonce[NoncePrefix.SizeBytes..], plain, cipher, tag, associatedData);
    }

    /// <summary>
    /// Decrypts into <paramref name="plain"/>, as long as <paramref name="cipher"/> and either the same memory or apart
    /// from it. False if any of nonce, ciphertext, tag or associated data isn't what was encrypted: then
    /// <paramref name="plain"/> is all zeroes, for nothing unproved may leave here.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This was disposed.</exception>
    public bool TryDecrypt(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> cipher,
        ReadOnlySpan<byte> tag,
        Span<byte> plain,
        ReadOnlySpan<byte> associatedData)
    {
        Invariant.Require(nonce.Length == NonceSizeBytes);
        Invariant.Require(!cipher.Overlaps(plain, out var offset) || offset == 0);

        using var rental = _ciphers.Rent(NoncePrefix.Read(nonce));
        try
        {
            rental.Instance.Decrypt(nonce[NoncePrefix.SizeBytes..], cipher, tag, plain, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            plain.Clear();
            return false;
        }
    }

    /// <summary>Zeroes the keys. Calls that are inside finish.</summary>
    public void Dispose() => _ciphers.Dispose();
}
