namespace MessagePack;

/// <content>Headers that bear a length, and skipping, which needs nothing but lengths.</content>
public ref partial struct MessagePackReader
{
    /// <summary>
    /// Passes over the next value and all it contains. Nesting costs neither stack nor memory, however deep: what is kept
    /// is the number of values still to pass, which can never exceed the bytes left.
    /// </summary>
    public void Skip()
    {
        var ahead = this;
        var values = 1L;
        while (values > 0)
        {
            values += ahead.SkipHeadAndPayload() - 1;
            if (values > ahead._cursor.Left)
            {
                throw ReadErrors.EndOfStream();
            }
        }

        this = ahead;
    }

    /// <summary>Passes over a value but not its elements.</summary>
    /// <returns>The number of its elements; a pair of a map counts as two.</returns>
    private long SkipHeadAndPayload()
    {
        int headerBytes;
        var payloadBytes = 0U;
        var elements = 0L;
        switch (NextMessagePackType)
        {
            case MessagePackType.Nil or MessagePackType.Boolean:
                headerBytes = 1;
                break;
            case MessagePackType.Integer or MessagePackType.Float:
                headerBytes = 1;
                payloadBytes = NumberBytes(NextCode);
                break;
            case MessagePackType.String:
                payloadBytes = PeekStringLength(out headerBytes);
                break;
            case MessagePackType.Binary:
                payloadBytes = PeekBinLength(out headerBytes);
                break;
            case MessagePackType.Extension:
                payloadBytes = PeekExtensionLength(out headerBytes);
                break;
            case MessagePackType.Array:
                elements = PeekArrayCount(out headerBytes);
                break;
            case MessagePackType.Map:
                elements = 2L * PeekMapCount(out headerBytes);
                break;
            default:
                throw ReadErrors.WrongType(NextCode, "a value");
        }

        var bytes = (long)headerBytes + payloadBytes;
        if (bytes > _cursor.Left)
        {
            throw ReadErrors.EndOfStream();
        }

        _cursor.Advance(bytes);
        return elements;
    }

    private static uint NumberBytes(byte code) => code switch
    {
        MessagePackCode.UInt8 or MessagePackCode.Int8 => sizeof(byte),
        MessagePackCode.UInt16 or MessagePackCode.Int16 => sizeof(ushort),
        MessagePackCode.UInt32 or MessagePackCode.Int32 or MessagePackCode.Float32 => sizeof(uint),
        MessagePackCode.UInt64 or MessagePackCode.Int64 or MessagePackCode.Float64 => sizeof(ulong),
        _ => 0,
    };

    private readonly uint PeekArrayCount(out int headerBytes)
    {
        switch (NextCode)
        {
            case >= MessagePackCode.MinFixArray and <= MessagePackCode.MaxFixArray and var code:
                headerBytes = 1;
                return (uint)(code - MessagePackCode.MinFixArray);
            case MessagePackCode.Array16:
                return PeekLength(sizeof(ushort), out headerBytes);
            case MessagePackCode.Array32:
                return PeekLength(sizeof(uint), out headerBytes);
            case var code:
                throw ReadErrors.WrongType(code, "an array");
        }
    }

    private readonly uint PeekMapCount(out int headerBytes)
    {
        switch (NextCode)
        {
            case >= MessagePackCode.MinFixMap and <= MessagePackCode.MaxFixMap and var code:
                headerBytes = 1;
                return (uint)(code - MessagePackCode.MinFixMap);
            case MessagePackCode.Map16:
                return PeekLength(sizeof(ushort), out headerBytes);
            case MessagePackCode.Map32:
                return PeekLength(sizeof(uint), out headerBytes);
            case var code:
                throw ReadErrors.WrongType(code, "a map");
        }
    }

    private readonly uint PeekStringLength(out int headerBytes)
    {
        switch (NextCode)
        {
            case >= MessagePackCode.MinFixStr and <= MessagePackCode.MaxFixStr and var code:
                headerBytes = 1;
                return (uint)(code - MessagePackCode.MinFixStr);
            case MessagePackCode.Str8:
                return PeekLength(sizeof(byte), out headerBytes);
            case MessagePackCode.Str16:
                return PeekLength(sizeof(ushort), out headerBytes);
            case MessagePackCode.Str32:
                return PeekLength(sizeof(uint), out headerBytes);
            case var code:
                throw ReadErrors.WrongType(code, "a string");
        }
    }

    private readonly uint PeekBinLength(out int headerBytes) => NextCode switch
    {
        MessagePackCode.Bin8 => PeekLength(sizeof(byte), out headerBytes),
        MessagePackCode.Bin16 => PeekLength(sizeof(ushort), out headerBytes),
        MessagePackCode.Bin32 => PeekLength(sizeof(uint), out headerBytes),
        var code => throw ReadErrors.WrongType(code, "a bin"),
    };

    private readonly uint PeekExtensionLength(out int headerBytes)
    {
        // Code and type; the forms of variable length have that between the two.
        const int FixedHeaderBytes = 2;
        var code = NextCode;
        if (code >= MessagePackCode.FixExt1)
        {
            headerBytes = FixedHeaderBytes;
            return 1U << (code - MessagePackCode.FixExt1);
        }

        var length = PeekLength(1 << (code - MessagePackCode.Ext8), out headerBytes);
        headerBytes++;
        return length;
    }

    private readonly uint PeekLength(int size, out int headerBytes)
    {
        headerBytes = 1 + size;
        return (uint)_cursor.PeekNumberAfterCode(size);
    }
}
