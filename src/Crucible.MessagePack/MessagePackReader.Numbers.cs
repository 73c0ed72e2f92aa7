namespace MessagePack;

/// <content>
/// Numbers. An integer is read from any of the format's integer forms, as long as its value fits the type asked for; a
/// float from either width and from any integer, rounded to the nearest it can hold.
/// </content>
public ref partial struct MessagePackReader
{
    public byte ReadByte() => (byte)ReadUnsigned(byte.MaxValue, "an 8-bit unsigned integer");

    public ushort ReadUInt16() => (ushort)ReadUnsigned(ushort.MaxValue, "a 16-bit unsigned integer");

    public uint ReadUInt32() => (uint)ReadUnsigned(uint.MaxValue, "a 32-bit unsigned integer");

    public ulong ReadUInt64() => ReadUnsigned(ulong.MaxValue, "a 64-bit unsigned integer");

    public sbyte ReadSByte() => (sbyte)ReadSigned(sbyte.MinValue, sbyte.MaxValue, "an 8-bit signed integer");

    public short ReadInt16() => (short)ReadSigned(short.MinValue, short.MaxValue, "a 16-bit signed integer");

    public int ReadInt32() => (int)ReadSigned(int.MinValue, int.MaxValue, "a 32-bit signed integer");

    public long ReadInt64() => ReadSigned(long.MinValue, long.MaxValue, "a 64-bit signed integer");

    public float ReadSingle()
    {
        if (NextCode == MessagePackCode.Float32)
        {
            // Not by way of a double, which would quieten a signalling NaN.
            var bits = (uint)_cursor.PeekNumberAfterCode(sizeof(uint));
            _cursor.Advance(1 + sizeof(uint));
            return BitConverter.UInt32BitsToSingle(bits);
        }

        // An integer is rounded once, not to a double first.
        return NextCode switch
        {
            MessagePackCode.Float64 => (float)ReadDouble(),
            MessagePackCode.UInt64 => ReadUInt64(),
            _ => ReadSigned(long.MinValue, long.MaxValue, "a number"),
        };
    }

    public double ReadDouble()
    {
        switch (NextCode)
        {
            case MessagePackCode.Float64:
                var bits = _cursor.PeekNumberAfterCode(sizeof(ulong));
                _cursor.Advance(1 + sizeof(ulong));
                return BitConverter.UInt64BitsToDouble(bits);
            case MessagePackCode.Float32:
                return ReadSingle();
            case MessagePackCode.UInt64:
                return ReadUInt64();
            default:
                return ReadSigned(long.MinValue, long.MaxValue, "a number");
        }
    }

    private ulong ReadUnsigned(ulong maximum, string expected)
    {
        var code = NextCode;
        if (code <= MessagePackCode.MaxFixInt)
        {
            _cursor.Advance(1);
            return code;
        }

        var value = PeekInteger(code, expected, out var bodyBytes, out var isNegative);
        if (isNegative || value > maximum)
        {
            throw ReadErrors.OutOfRange(expected);
        }

        _cursor.Advance(1 + bodyBytes);
        return value;
    }

    private long ReadSigned(long minimum, long maximum, string expected)
    {
        var code = NextCode;
        if (code <= MessagePackCode.MaxFixInt)
        {
            _cursor.Advance(1);
            return code;
        }

        var bits = PeekInteger(code, expected, out var bodyBytes, out var isNegative);
        var value = unchecked((long)bits);
        if (isNegative ? value < minimum : bits > (ulong)maximum)
        {
            throw ReadErrors.OutOfRange(expected);
        }

        _cursor.Advance(1 + bodyBytes);
        return value;
    }

    /// <summary>An integer in any form, as the 64 bits of its two's complement; the sign tells which half they mean.</summary>
    private readonly ulong PeekInteger(byte code, string expected, out int bodyBytes, out bool isNegative)
    {
        if (code >= MessagePackCode.MinNegativeFixInt)
        {
            bodyBytes = 0;
            isNegative = true;
            return unchecked((ulong)(sbyte)code);
        }

        if (code is < MessagePackCode.UInt8 or > MessagePackCode.Int64)
        {
            throw ReadErrors.WrongType(code, expected);
        }

        var bits = code switch
        {
            MessagePackCode.UInt8 or MessagePackCode.Int8 => _cursor.PeekNumberAfterCode(bodyBytes = sizeof(byte)),
            MessagePackCode.UInt16 or MessagePackCode.Int16 => _cursor.PeekNumberAfterCode(bodyBytes = sizeof(ushort)),
            MessagePackCode.UInt32 or MessagePackCode.Int32 => _cursor.PeekNumberAfterCode(bodyBytes = sizeof(uint)),
            _ => _cursor.PeekNumberAfterCode(bodyBytes = sizeof(ulong)),
        };
        if (code < MessagePackCode.Int8)
        {
            isNegative = false;
            return bits;
        }

        // Spread the sign: shift it to the top and back, arithmetically.
        var unused = 64 - (8 * bodyBytes);
        var value = unchecked((long)(bits << unused)) >> unused;
        isNegative = value < 0;
        return unchecked((ulong)value);
    }
}
