using System.Buffers;

namespace Crucible.Protocol;

/// <summary>
/// A contiguous, growing run of encoded frames without their payloads. Its memory is pinned, so that a system call can
/// take it in place. Not thread-safe.
/// </summary>
public sealed class HeaderBuffer : IBufferWriter<byte>
{
    private byte[] _bytes;
    private int _length;

    /// <param name="capacityBytes">Bytes to begin with; it doubles as needed.</param>
    public HeaderBuffer(int capacityBytes = 4096)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(capacityBytes, pinned: true);
    }

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>The pinned array; its first <see cref="Length"/> bytes are written. It changes when the buffer grows.</summary>
    public byte[] Array => _bytes;

    /// <summary>The bytes written; valid until the next write.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Forgets what was written; the memory stays.</summary>
    public void Clear() => _length = 0;

    /// <summary>Forgets what was written after the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        Invariant.Require(length <= _length);
        _length = length;
    }

    public void Advance(int count)
    {
        Invariant.Require(count >= 0 && count <= _bytes.Length - _length);
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private void Reserve(int sizeHint)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(needed, _bytes.Length * 2), pinned: true);
            Written.CopyTo(larger);
            _bytes = larger;
        }
    }
}
