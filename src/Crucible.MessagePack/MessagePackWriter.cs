using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MessagePack;

/// <summary>
/// Writes values in the MessagePack format, each in its shortest form, without allocating. What was written reaches the
/// output at <see cref="Flush"/>; a writer that is dropped without it leaves the output without its last bytes. A copy of
/// a writer must not be used beside the original: pass it by <c>ref</c>.
/// </summary>
public ref partial struct MessagePackWriter
{
    private BatchedOutput _output;

    /// <param name="writer">Where the bytes go. Between the first write and <see cref="Flush"/> it is this writer's alone.</param>
    public MessagePackWriter(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _output = new BatchedOutput(writer);
    }

    /// <summary>Hands everything written so far to the output. The writer can be used again afterwards.</summary>
    public void Flush() => _output.Flush();

    public void WriteNil() => WriteCode(MessagePackCode.Nil);

    public void Write(bool value) => WriteCode(value ? MessagePackCode.True : MessagePackCode.False);

    /// <summary>Begins an array of <paramref name="count"/> elements, which the caller writes next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public void WriteArrayHeader(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        WriteArrayHeader((uint)count);
    }

    /// <inheritdoc cref="WriteArrayHeader(int)"/>
    public void WriteArrayHeader(uint count)
    {
        if (count <= MessagePackRange.MaxFixArrayCount)
        {
            WriteCode((byte)(MessagePackCode.MinFixArray | count));
        }
        else
        {
            WriteLength(MessagePackCode.Array16, MessagePackCode.Array32, count);
        }
    }

    /// <summary>Begins a map of <paramref name="count"/> pairs: key, value, key, value, which the caller writes next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public void WriteMapHeader(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        WriteMapHeader((uint)count);
    }

    /// <inheritdoc cref="WriteMapHeader(int)"/>
    public void WriteMapHeader(uint count)
    {
        if (count <= MessagePackRange.MaxFixMapCount)
        {
            WriteCode((byte)(MessagePackCode.MinFixMap | count));
        }
        else
        {
            WriteLength(MessagePackCode.Map16, MessagePackCode.Map32, count);
        }
    }

    /// <summary>
    /// Begins a bin of <paramref name="length"/> bytes. They follow raw: by <see cref="WriteRaw"/>, or by another way to
    /// the same stream, after <see cref="Flush"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public void WriteBinHeader(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length <= byte.MaxValue)
        {
            WriteCode(MessagePackCode.Bin8, (byte)length);
        }
        else
        {
            WriteLength(MessagePackCode.Bin16, MessagePackCode.Bin32, (uint)length);
        }
    }

    /// <summary>Writes a bin: its header and the bytes of <paramref name="src"/>, which are copied.</summary>
    public void Write(scoped ReadOnlySpan<byte> src)
    {
        WriteBinHeader(src.Length);
        _output.Write(src);
    }

    /// <summary>Copies bytes that are MessagePack already, or belong to a header written before.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> rawMessagePackBlock) => _output.Write(rawMessagePackBlock);

    /// <summary>Writes a string as UTF-8, or nil for null. A lone surrogate becomes U+FFFD.</summary>
    public void Write(string? value)
    {
        if (value is null)
        {
            WriteNil();
        }
        else
        {
            Write(value.AsSpan());
        }
    }

    /// <inheritdoc cref="Write(string?)"/>
    public void Write(scoped ReadOnlySpan<char> value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        WriteStringHeader(length);
        Encoding.UTF8.GetBytes(value, _output.Take(length));
    }

    /// <summary>Writes a string whose characters are UTF-8 already; they are not checked.</summary>
    public void WriteString(scoped ReadOnlySpan<byte> utf8stringBytes)
    {
        WriteStringHeader(utf8stringBytes.Length);
        _output.Write(utf8stringBytes);
    }

    private void WriteStringHeader(int length)
    {
        if (length <= MessagePackRange.MaxFixStringLength)
        {
            WriteCode((byte)(MessagePackCode.MinFixStr | length));
        }
        else if (length <= byte.MaxValue)
        {
            WriteCode(MessagePackCode.Str8, (byte)length);
        }
        else
        {
            WriteLength(MessagePackCode.Str16, MessagePackCode.Str32, (uint)length);
        }
    }

    private void WriteLength(byte shortCode, byte longCode, uint length)
    {
        if (length <= ushort.MaxValue)
        {
            WriteCode(shortCode, (ushort)length);
        }
        else
        {
            WriteCode(longCode, length);
        }
    }

    private void WriteCode(byte code) => _output.Take(1)[0] = code;

    private void WriteCode(byte code, byte body)
    {
        var target = _output.Take(1 + sizeof(byte));
        target[0] = code;
        target[1] = body;
    }

    private void WriteCode(byte code, ushort body)
    {
        var target = _output.Take(1 + sizeof(ushort));
        target[0] = code;
        BinaryPrimitives.WriteUInt16BigEndian(target[1..], body);
    }

    private void WriteCode(byte code, uint body)
    {
        var target = _output.Take(1 + sizeof(uint));
        target[0] = code;
        BinaryPrimitives.WriteUInt32BigEndian(target[1..], body);
    }

    private void WriteCode(byte code, ulong body)
    {
        var target = _output.Take(1 + sizeof(ulong));
        target[0] = code;
        BinaryPrimitives.WriteUInt64BigEndian(target[1..], body);
    }
}
