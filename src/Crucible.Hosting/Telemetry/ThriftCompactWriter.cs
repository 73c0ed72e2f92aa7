using System.Buffers.Binary;
using System.Text;

namespace Crucible.Hosting;

/// <summary>The types of the compact protocol's field and list headers.</summary>
internal enum ThriftType
{
    True = 1,
    False = 2,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Struct = 12,
}

/// <summary>
/// Writes the compact protocol of Thrift into a buffer that grows and is used again and again.
/// </summary>
/// <remarks>
/// A field is one byte (difference to the last field's id, type), or two numbers where the difference is over 15. Numbers are
/// zigzag varints, doubles are little-endian, text is a length and UTF-8. A struct ends with a zero byte.
/// </remarks>
internal sealed class ThriftCompactWriter
{
    private const int DeepestNesting = 8;

    private readonly short[] _outerFields = new short[DeepestNesting];
    private byte[] _buffer = new byte[4096];
    private int _length;
    private int _depth;
    private short _lastField;

    /// <summary>What was written since the last <see cref="Clear"/>; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear()
    {
        _length = 0;
        _depth = 0;
        _lastField = 0;
    }

    /// <summary>The head of a call that expects no answer.</summary>
    public void OnewayMessage(string method)
    {
        const byte Protocol = 0x82;
        const byte VersionOneOneway = 1 | (4 << 5);
        Byte(Protocol);
        Byte(VersionOneOneway);
        Varint(0);
        Text(method);
    }

    public void BeginStruct()
    {
        _outerFields[_depth++] = _lastField;
        _lastField = 0;
    }

    public void EndStruct()
    {
        Byte(0);
        _lastField = _outerFields[--_depth];
    }

    public void I32Field(short id, int value)
    {
        Field(id, ThriftType.I32);
        Varint(unchecked((uint)((value << 1) ^ (value >> 31))));
    }

    public void I64Field(short id, long value)
    {
        Field(id, ThriftType.I64);
        Varint(unchecked((ulong)((value << 1) ^ (value >> 63))));
    }

    public void BoolField(short id, bool value) => Field(id, value ? ThriftType.True : ThriftType.False);

    public void DoubleField(short id, double value)
    {
        Field(id, ThriftType.Double);
        BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);
    }

    public void TextField(short id, string value)
    {
        Field(id, ThriftType.Binary);
        Text(value);
    }

    public void BinaryField(short id, ReadOnlySpan<byte> value)
    {
        Field(id, ThriftType.Binary);
        Varint((uint)value.Length);
        Raw(value);
    }

    /// <summary>A field whose struct follows.</summary>
    public void StructField(short id) => Field(id, ThriftType.Struct);

    /// <summary>A field whose elements, all structs, follow.</summary>
    public void StructListField(short id, int count)
    {
        const int Longest = 15;
        Field(id, ThriftType.List);
        if (count < Longest)
        {
            Byte((byte)((count << 4) | (int)ThriftType.Struct));
            return;
        }

        Byte((Longest << 4) | (int)ThriftType.Struct);
        Varint((uint)count);
    }

    /// <summary>Bytes that were encoded elsewhere.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    private void Field(short id, ThriftType type)
    {
        var step = id - _lastField;
        if (step is > 0 and <= 15)
        {
            Byte((byte)((step << 4) | (int)type));
        }
        else
        {
            Byte((byte)type);
            Varint((uint)((id << 1) ^ (id >> 15)));
        }

        _lastField = id;
    }

    private void Text(string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Varint((uint)bytes);
        Encoding.UTF8.GetBytes(value, Take(bytes));
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value & 0x7F | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    private void Byte(byte value) => Take(1)[0] = value;

    private Span<byte> Take(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
