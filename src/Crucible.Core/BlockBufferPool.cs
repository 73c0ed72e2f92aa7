using System.Numerics;

namespace Crucible;

/// <summary>
/// Hands out <see cref="BlockBuffer"/>s and keeps returned ones, in classes of powers of two. Thread-safe: it is a leaf,
/// called by engines and their workers alike, and nothing is called under its lock.
/// </summary>
public sealed class BlockBufferPool
{
    /// <summary>Largest buffer, bytes: a 32 MiB request of an NBD client is the largest thing anyone holds in one piece.</summary>
    public const int MaxBufferBytes = 32 << 20;

    /// <summary>Bytes kept for reuse by default: what a volume may hold unretired, and its contexts.</summary>
    public const long DefaultKeptBytes = 160L << 20;

    private const int MinShift = 9;
    private const int BucketCount = 17;

#pragma warning disable RS0030 // The lock of a leaf (STYLE, "Concurrency"): held for a push or a pop, never while calling out.
    private readonly Lock _lock = new();
#pragma warning restore RS0030
    private readonly Stack<BlockBuffer>[] _kept = new Stack<BlockBuffer>[BucketCount];
    private readonly long _keptBytesLimit;
    private long _keptBytes;
    private int _outstanding;

    /// <param name="keptBytesLimit">Most bytes kept for reuse; what comes back beyond it is left to the collector.</param>
    public BlockBufferPool(long keptBytesLimit = DefaultKeptBytes)
    {
        _keptBytesLimit = keptBytesLimit;
        for (var i = 0; i < BucketCount; i++)
        {
            _kept[i] = new Stack<BlockBuffer>(64);
        }
    }

    /// <summary>The pool that engines share unless they are given another.</summary>
    public static BlockBufferPool Shared { get; } = new();

    /// <summary>Buffers rented and not yet returned.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>A buffer of exactly <paramref name="lengthBytes"/> bytes, 0 to <see cref="MaxBufferBytes"/>; the caller owns it.</summary>
    public BlockBuffer Rent(int lengthBytes)
    {
        Invariant.Require(lengthBytes is >= 0 and <= MaxBufferBytes);
        var bucket = BucketOf(lengthBytes);
        BlockBuffer? buffer;
        lock (_lock)
        {
            _outstanding++;
            if (_kept[bucket].TryPop(out buffer))
            {
                _keptBytes -= CapacityOf(bucket);
            }
        }

        buffer ??= new BlockBuffer(this, CapacityOf(bucket), bucket);
        buffer.Rent(lengthBytes);
        return buffer;
    }

    internal void Return(BlockBuffer buffer)
    {
        lock (_lock)
        {
            _outstanding--;
            if (_keptBytes + CapacityOf(buffer.Bucket) <= _keptBytesLimit)
            {
                _keptBytes += CapacityOf(buffer.Bucket);
                _kept[buffer.Bucket].Push(buffer);
            }
        }
    }

    private static int BucketOf(int lengthBytes) =>
        Math.Max(0, BitOperations.Log2((uint)Math.Max(lengthBytes - 1, 1)) + 1 - MinShift);

    private static int CapacityOf(int bucket) => 1 << (bucket + MinShift);
}
