using System.Buffers;
using System.Runtime.CompilerServices;

namespace MessagePack;

/// <summary>
/// Gathers many small writes into one span of an <see cref="IBufferWriter{T}"/>, which is told of them only when that
/// span is full or at <see cref="Flush"/>: two interface calls a message instead of two a field.
/// </summary>
internal ref struct BatchedOutput(IBufferWriter<byte> output)
{
    private Span<byte> _span;
    private int _written;

    /// <summary>The next <paramref name="size"/> bytes, to be filled by the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Take(int size)
    {
        if (_span.Length - _written < size)
        {
            Renew(size);
        }

        var taken = _span.Slice(_written, size);
        _written += size;
        return taken;
    }

    /// <summary>Copies <paramref name="source"/>, in pieces where the output hands out less than all of it at once.</summary>
    public void Write(scoped ReadOnlySpan<byte> source)
    {
        while (true)
        {
            var piece = Math.Min(source.Length, _span.Length - _written);
            source[..piece].CopyTo(_span[_written..]);
            _written += piece;
            source = source[piece..];
            if (source.IsEmpty)
            {
                return;
            }

            Renew(1);
        }
    }

    public void Flush()
    {
        if (_written > 0)
        {
            output.Advance(_written);
        }

        // The span is void after Advance: the next write asks for another.
        _span = default;
        _written = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Renew(int size)
    {
        Flush();
        _span = output.GetSpan(size);
    }
}
