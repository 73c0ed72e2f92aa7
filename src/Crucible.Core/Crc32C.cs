using System.Buffers.Binary;
using System.Numerics;

namespace Crucible;

/// <summary>CRC-32C (Castagnoli), as in RFC 3720 appendix B.4; in hardware where the machine has it.</summary>
public static class Crc32C
{
    /// <summary>The CRC of <paramref name="data"/>.</summary>
    public static uint Hash(ReadOnlySpan<byte> data) => Finish(Append(Start, data));

    /// <summary>The state before the first byte.</summary>
    public const uint Start = uint.MaxValue;

    /// <summary>The state after more bytes.</summary>
    public static uint Append(uint state, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= 8; data = data[8..])
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (var value in data)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }

    /// <summary>The CRC of all bytes appended to <paramref name="state"/>.</summary>
    public static uint Finish(uint state) => ~state;
}
