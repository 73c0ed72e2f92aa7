using System.Buffers;
using System.Text;

namespace MessagePack;

/// <summary>
/// Reads values in the MessagePack format. Two exceptions can come out of any read, and no others:
/// <see cref="EndOfStreamException"/> where the bytes end before the value does, and
/// <see cref="MessagePackSerializationException"/> where they hold something else (the public package tells an integer
/// out of range by an <see cref="OverflowException"/>, and takes a string for a bin; here both are the latter). A read
/// that throws consumes nothing. Lengths are checked against the bytes left before they are used or returned, and only
/// <see cref="ReadString"/> allocates. What spans and sequences point to is the caller's memory, not a copy. A copy of a
/// reader reads on by itself: pass it by <c>ref</c>.
/// </summary>
public ref partial struct MessagePackReader
{
    private SegmentCursor _cursor;

    public MessagePackReader(ReadOnlyMemory<byte> memory) => _cursor = new SegmentCursor(memory);

    public MessagePackReader(scoped in ReadOnlySequence<byte> readOnlySequence) =>
        _cursor = new SegmentCursor(readOnlySequence);

    /// <summary>Bytes read so far.</summary>
    public readonly long Consumed => _cursor.Consumed;

    /// <summary>True where no byte is left.</summary>
    public readonly bool End => _cursor.End;

    /// <summary>The first byte of the next value.</summary>
    /// <exception cref="EndOfStreamException">No byte is left.</exception>
    public readonly byte NextCode => _cursor.PeekByte();

    /// <inheritdoc cref="NextCode"/>
    /// <summary>The type of the next value.</summary>
    public readonly MessagePackType NextMessagePackType => MessagePackCode.ToMessagePackType(NextCode);

    /// <inheritdoc cref="NextCode"/>
    /// <summary>Whether the next value is nil.</summary>
    public readonly bool IsNil => NextCode == MessagePackCode.Nil;

    /// <inheritdoc cref="NextCode"/>
    /// <summary>Consumes the next value if it is nil; else nothing.</summary>
    public bool TryReadNil()
    {
        if (!IsNil)
        {
            return false;
        }

        _cursor.Advance(1);
        return true;
    }

    public Nil ReadNil() => TryReadNil() ? Nil.Default : throw ReadErrors.WrongType(NextCode, "nil");

    public bool ReadBoolean()
    {
        var value = NextCode switch
        {
            MessagePackCode.True => true,
            MessagePackCode.False => false,
            var code => throw ReadErrors.WrongType(code, "a boolean"),
        };
        _cursor.Advance(1);
        return value;
    }

    /// <summary>The number of elements that follow. At least as many bytes are left.</summary>
    public int ReadArrayHeader()
    {
        var count = PeekArrayCount(out var headerBytes);
        return ConsumeHeader(headerBytes, count, bytesEach: 1);
    }

    /// <summary>The number of pairs that follow: key, value, key, value. At least twice as many bytes are left.</summary>
    public int ReadMapHeader()
    {
        var count = PeekMapCount(out var headerBytes);
        return ConsumeHeader(headerBytes, count, bytesEach: 2);
    }

    /// <summary>
    /// Ours, not the package's: consumes a bin's header and returns the length, in bytes, of what follows it. That length
    /// is what the sender claims and nothing more: the bytes need not be there (a frame's payload lies elsewhere).
    /// </summary>
    public int ReadBinHeader()
    {
        var length = PeekBinLength(out var headerBytes);
        if (length > int.MaxValue)
        {
            throw ReadErrors.TooLong();
        }

        _cursor.Advance(headerBytes);
        return (int)length;
    }

    /// <summary>A bin's bytes where they lie, or null for nil.</summary>
    public ReadOnlySequence<byte>? ReadBytes()
    {
        if (TryReadNil())
        {
            return null;
        }

        var length = PeekBinLength(out var headerBytes);
        return _cursor.Take(ConsumeHeader(headerBytes, length, bytesEach: 1));
    }

    /// <summary>
    /// Ours, not the package's, and the twin of <see cref="TryReadStringSpan"/>: a bin's bytes, if they lie in one piece.
    /// </summary>
    /// <returns>False for nil and for a bin in several segments; nothing is consumed, <see cref="ReadBytes"/> reads it.</returns>
    public bool TryReadBinSpan(out ReadOnlySpan<byte> span)
    {
        if (IsNil)
        {
            span = default;
            return false;
        }

        var length = PeekBinLength(out var headerBytes);
        return TryTakeSpan(headerBytes, length, out span);
    }

    /// <summary>A string, or null for nil. What isn't UTF-8 in it becomes U+FFFD.</summary>
    public string? ReadString()
    {
        if (TryReadNil())
        {
            return null;
        }

        var length = PeekStringLength(out var headerBytes);
        return TryTakeSpan(headerBytes, length, out var span)
            ? Encoding.UTF8.GetString(span)
            : Encoding.UTF8.GetString(_cursor.Take(ConsumeHeader(headerBytes, length, bytesEach: 1)));
    }

    /// <summary>A string's UTF-8 as it was sent, unchecked, if it lies in one piece.</summary>
    /// <returns>False for nil and for a string in several segments; nothing is consumed, <see cref="ReadString"/> reads it.</returns>
    public bool TryReadStringSpan(out ReadOnlySpan<byte> span)
    {
        if (IsNil)
        {
            span = default;
            return false;
        }

        var length = PeekStringLength(out var headerBytes);
        return TryTakeSpan(headerBytes, length, out span);
    }

    /// <summary>The next <paramref name="length"/> bytes, whatever they mean, where they lie.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public ReadOnlySequence<byte> ReadRaw(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return length <= _cursor.Left ? _cursor.Take(length) : throw ReadErrors.EndOfStream();
    }

    private int ConsumeHeader(int headerBytes, uint count, int bytesEach)
    {
        if ((long)count * bytesEach > _cursor.Left - headerBytes)
        {
            throw ReadErrors.EndOfStream();
        }

        if (count > int.MaxValue)
        {
            throw ReadErrors.TooLong();
        }

        _cursor.Advance(headerBytes);
        return (int)count;
    }

    private bool TryTakeSpan(int headerBytes, uint length, out ReadOnlySpan<byte> span)
    {
        var start = _cursor;
        if (_cursor.TryTakeSpan(ConsumeHeader(headerBytes, length, bytesEach: 1), out span))
        {
            return true;
        }

        _cursor = start;
        return false;
    }
}
