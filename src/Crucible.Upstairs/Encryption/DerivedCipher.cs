using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// The idle AES-256-GCM instances of one derived key. Several, for an instance serves one caller at a time: OpenSSL
/// keeps the nonce and the running state of a message inside it, and two threads in one instance produce garbage
/// without being told. Guarded by the lock of the <see cref="DerivedCipherCache"/> that owns it.
/// </summary>
internal sealed class DerivedCipher(NoncePrefix prefix) : IDisposable
{
    /// <summary>Instances kept for one derived key: as many threads encrypt at once before one has to make its own anew.</summary>
    public const int IdleLimit = 16;

    private readonly AesGcm?[] _idle = new AesGcm?[IdleLimit];
    private int _idleCount;
    private bool _disposed;

    public NoncePrefix Prefix { get; } = prefix;

    /// <summary>The cache's count of rentals when this key was last rented: the lowest leaves first.</summary>
    public ulong LastRental { get; set; }

    /// <summary>An idle instance, now the caller's; null when all are out.</summary>
    public AesGcm? TryTake()
    {
        if (_idleCount == 0)
        {
            return null;
        }

        _idleCount--;
        var instance = _idle[_idleCount];
        _idle[_idleCount] = null;
        return instance;
    }

    /// <summary>Takes an instance back: kept, or disposed where there are enough or this key has left the cache.</summary>
    public void Put(AesGcm instance)
    {
        if (_disposed || _idleCount == IdleLimit)
        {
            instance.Dispose();
            return;
        }

        _idle[_idleCount] = instance;
        _idleCount++;
    }

    /// <summary>Disposes the idle instances; those that are out follow when they come back.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (TryTake() is { } instance)
        {
            instance.Dispose();
        }
    }
}
