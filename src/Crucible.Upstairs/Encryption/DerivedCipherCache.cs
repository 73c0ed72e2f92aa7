using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// AES-256-GCM under the derived keys used last. A volume has one derived key for each activation that wrote blocks
/// still alive, and a read meets any of them. Derived keys live only inside the native instances, never in managed
/// memory. Safe for concurrent callers.
/// </summary>
internal sealed class DerivedCipherCache : IDisposable
{
    /// <summary>
    /// Derived keys kept, about 1 KiB of native memory each: enough that a volume activated daily for most of a year
    /// never derives twice, little enough that a replica sending invented prefixes only costs a few microseconds each.
    /// </summary>
    public const int PrefixLimit = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<NoncePrefix, DerivedCipher> _ciphers = new(PrefixLimit);
    private readonly KeyDerivation _derivation;
    private ulong _rentals;
    private bool _disposed;

    /// <param name="key">The master key, 32 bytes; borrowed for the call.</param>
    public DerivedCipherCache(ReadOnlySpan<byte> key) => _derivation = new KeyDerivation(key);

    /// <summary>How many derived keys are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _ciphers.Count;
            }
        }
    }

    /// <summary>An instance for the caller alone, until the rental is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The cache was disposed.</exception>
    public Rental Rent(NoncePrefix prefix)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var cipher = FindOrAdd(prefix);
            _rentals++;
            cipher.LastRental = _rentals;
            return new Rental(this, cipher, cipher.TryTake() ?? CreateInstance(prefix));
        }
    }

    /// <summary>Zeroes the keys. Instances that are out are disposed as they come back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (var cipher in _ciphers.Values)
            {
                cipher.Dispose();
            }

            _ciphers.Clear();
            _derivation.Dispose();
        }
    }

    private DerivedCipher FindOrAdd(NoncePrefix prefix)
    {
        if (_ciphers.TryGetValue(prefix, out var found))
        {
            return found;
        }

        if (_ciphers.Count == PrefixLimit)
        {
            var oldest = LeastRecentlyRented();
            _ciphers.Remove(oldest.Prefix);
            oldest.Dispose();
        }

        var added = new DerivedCipher(prefix);
        _ciphers.Add(prefix, added);
        return added;
    }

    private DerivedCipher LeastRecentlyRented()
    {
        DerivedCipher? oldest = null;
        foreach (var cipher in _ciphers.Values)
        {
            if (oldest is null || cipher.LastRental < oldest.LastRental)
            {
                oldest = cipher;
            }
        }

        Invariant.Require(oldest is not null);
        return oldest;
    }

    private AesGcm CreateInstance(NoncePrefix prefix)
    {
        Span<byte> derivedKey = stackalloc byte[KeyDerivation.KeySizeBytes];
        try
        {
            _derivation.Derive(prefix, derivedKey);
            return new AesGcm(derivedKey, Xaes256Gcm.TagSizeBytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derivedKey);
        }
    }

    private void Return(DerivedCipher cipher, AesGcm instance)
    {
        lock (_gate)
        {
            cipher.Put(instance);
        }
    }

    /// <summary>One instance, for one caller, from <see cref="Rent"/> until disposed; disposed once.</summary>
    internal readonly ref struct Rental(DerivedCipherCache cache, DerivedCipher cipher, AesGcm instance) : IDisposable
    {
        public AesGcm Instance { get; } = instance;

        public void Dispose() => cache.Return(cipher, Instance);
    }
}
