namespace MessagePack;

/// <content>
/// Numbers. Every integer takes the shortest form of its value, whatever the width of its type: unsigned forms for what is
/// not negative, signed ones for the rest.
/// </content>
public ref partial struct MessagePackWriter
{
    public void Write(byte value) => Write((uint)value);

    public void Write(sbyte value) => Write((long)value);

    public void Write(ushort value) => Write((uint)value);

    public void Write(short value) => Write((long)value);

    public void Write(uint value)
    {
        if (value <= MessagePackRange.MaxFixPositiveInt)
        {
            WriteCode((byte)value);
        }
        else if (value <= byte.MaxValue)
        {
            WriteCode(MessagePackCode.UInt8, (byte)value);
        }
        else if (value <= ushort.MaxValue)
        {
            WriteCode(MessagePackCode.UInt16, (ushort)value);
        }
        else
        {
            WriteCode(MessagePackCode.UInt32, value);
        }
    }

    public void Write(int value) => Write((long)value);

    public void Write(ulong value)
    {
        if (value <= uint.MaxValue)
        {
            Write((uint)value);
        }
        else
        {
            WriteCode(MessagePackCode.UInt64, value);
        }
    }

    public void Write(long value)
    {
        if (value >= 0)
        {
            Write((ulong)value);
        }
        else
        {
            WriteNegative(value);
        }
    }

    /// <summary>Writes all 32 bits as they are, also of a NaN.</summary>
    public void Write(float value) => WriteCode(MessagePackCode.Float32, BitConverter.SingleToUInt32Bits(value));

    /// <summary>Writes all 64 bits as they are, also of a NaN.</summary>
    public void Write(double value) => WriteCode(MessagePackCode.Float64, BitConverter.DoubleToUInt64Bits(value));

    private void WriteNegative(long value)
    {
        // The body of a signed form is the low end of the number's two's complement.
        unchecked
        {
            if (value >= MessagePackRange.MinFixNegativeInt)
            {
                WriteCode((byte)value);
            }
            else if (value >= sbyte.MinValue)
            {
                WriteCode(MessagePackCode.Int8, (byte)value);
            }
            else if (value >= short.MinValue)
            {
                WriteCode(MessagePackCode.Int16, (ushort)value);
            }
            else if (value >= int.MinValue)
            {
                WriteCode(MessagePackCode.Int32, (uint)value);
            }
            else
            {
                WriteCode(MessagePackCode.Int64, (ulong)value);
            }
        }
    }
}
