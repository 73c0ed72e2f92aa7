using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace MessagePack;

/// <summary>
/// A position in one memory or in a sequence of them. Whatever lies within the current segment is reached through one
/// span; only what straddles two segments takes the slow way. An exhausted segment is left at once, so the span is empty
/// at the very end only.
/// </summary>
internal ref struct SegmentCursor
{
    private readonly ReadOnlySequence<byte> _sequence;
    private readonly long _length;
    private SequencePosition _current;
    private SequencePosition _next;
    private ReadOnlyMemory<byte> _memory;
    private ReadOnlySpan<byte> _span;
    private int _position;
    private long _consumedBefore;

    public SegmentCursor(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _span = memory.Span;
        _length = memory.Length;
    }

    public SegmentCursor(scoped in ReadOnlySequence<byte> sequence)
    {
        if (sequence.IsSingleSegment)
        {
            this = new SegmentCursor(sequence.First);
            return;
        }

        _sequence = sequence;
        _length = sequence.Length;
        _next = sequence.Start;
        MoveToNextSegment();
    }

    public readonly long Consumed => _consumedBefore + _position;

    public readonly long Left => _length - Consumed;

    public readonly bool End => _position >= _span.Length;

    /// <exception cref="EndOfStreamException">Nothing is left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte PeekByte()
    {
        if ((uint)_position >= (uint)_span.Length)
        {
            ReadErrors.ThrowEndOfStream();
        }

        return _span[_position];
    }

    /// <summary>The big-endian number in the <paramref name="size"/> (1, 2, 4 or 8) bytes after the next one.</summary>
    /// <exception cref="EndOfStreamException">Fewer are left.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong PeekNumberAfterCode(int size)
    {
        if (_span.Length - _position <= size)
        {
            return GatherNumberAfterCode(size);
        }

        var body = _span[(_position + 1)..];
        return size switch
        {
            sizeof(byte) => body[0],
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(body),
            sizeof(uint) => BinaryPrimitives.ReadUInt32BigEndian(body),
            _ => BinaryPrimitives.ReadUInt64BigEndian(body),
        };
    }

    /// <summary>Moves on by <paramref name="count"/> bytes, which the caller knows to be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(long count)
    {
        if (count < _span.Length - _position)
        {
            _position += (int)count;
        }
        else
        {
            AdvanceAcross(count);
        }
    }

    /// <summary>The next <paramref name="count"/> bytes, where they lie in one piece; else nothing is consumed.</summary>
    public bool TryTakeSpan(int count, out ReadOnlySpan<byte> span)
    {
        if (count > _span.Length - _position)
        {
            span = default;
            return false;
        }

        span = _span.Slice(_position, count);
        Advance(count);
        return true;
    }

    /// <summary>The next <paramref name="count"/> bytes, which the caller knows to be there, without copying them.</summary>
    public ReadOnlySequence<byte> Take(long count)
    {
        var taken = count <= _span.Length - _position
            ? new ReadOnlySequence<byte>(_memory.Slice(_position, (int)count))
            : _sequence.Slice(_sequence.GetPosition(_position, _current), count);
        Advance(count);
        return taken;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly ulong GatherNumberAfterCode(int size)
    {
        var ahead = this;
        var number = 0UL;
        ahead.PeekByte();
        ahead.Advance(1);
        for (var i = 0; i < size; i++)
        {
            number = (number << 8) | ahead.PeekByte();
            ahead.Advance(1);
        }

        return number;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AdvanceAcross(long count)
    {
        while (true)
        {
            var here = _span.Length - _position;
            if (count < here)
            {
                _position += (int)count;
                return;
            }

            count -= here;
            _position = _span.Length;
            if (!MoveToNextSegment())
            {
                return;
            }
        }
    }

    private bool MoveToNextSegment()
    {
        while (true)
        {
            var segment = _next;
            if (!_sequence.TryGet(ref _next, out var memory))
            {
                return false;
            }

            _consumedBefore += _span.Length;
            _current = segment;
            _memory = memory;
            _span = memory.Span;
            _position = 0;
            if (!memory.IsEmpty)
            {
                return true;
            }
        }
    }
}
