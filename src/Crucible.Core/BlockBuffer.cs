using System.Buffers;

namespace Crucible;

/// <summary>
/// Rented memory for block data with one or more owners. Its bytes are pinned, so that system calls can take them in
/// place. Each owner disposes once; the last one gives the memory back to its pool.
/// </summary>
public sealed class BlockBuffer : IMemoryOwner<byte>
{
    private readonly BlockBufferPool _pool;
    private readonly byte[] _array;
    private int _owners;

    internal BlockBuffer(BlockBufferPool pool, int capacityBytes, int bucket)
    {
        _pool = pool;
        _array = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);
        Bucket = bucket;
    }

    /// <summary>Bytes that were asked for; what lies beyond them in the array is nobody's.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, not cleared: the owner overwrites them all before anyone reads them.</summary>
    public Memory<byte> Memory => Array.AsMemory(0, Length);

    /// <summary>The same bytes.</summary>
    public Span<byte> Span => Array.AsSpan(0, Length);

    /// <summary>The pinned array behind the buffer; only its first <see cref="Length"/> bytes are the owner's.</summary>
    public byte[] Array
    {
        get
        {
            Invariant.Require(_owners > 0);
            return _array;
        }
    }

    internal int Bucket { get; }

    /// <summary>Adds an owner: the caller passes the same buffer on, and each of the two disposes it.</summary>
    public BlockBuffer Share()
    {
        // A buffer that nobody owns stays so: a late owner would share it with whoever rents it next.
        var owners = Volatile.Read(ref _owners);
        while (true)
        {
            Invariant.Require(owners > 0);
            var seen = Interlocked.CompareExchange(ref _owners, owners + 1, owners);
            if (seen == owners)
            {
                return this;
            }

            owners = seen;
        }
    }

    /// <summary>Makes the buffer shorter; the owner must be the only one.</summary>
    public void Shorten(int lengthBytes)
    {
        Invariant.Require(_owners == 1);
        Invariant.Require(lengthBytes >= 0 && lengthBytes <= Length);
        Length = lengthBytes;
    }

    /// <summary>Gives up one ownership.</summary>
    public void Dispose()
    {
        var owners = Interlocked.Decrement(ref _owners);
        Invariant.Require(owners >= 0);
        if (owners == 0)
        {
            _pool.Return(this);
        }
    }

    internal void Rent(int lengthBytes)
    {
        Length = lengthBytes;
        Interlocked.Exchange(ref _owners, 1);
    }
}
