using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Crucible;

/// <summary>
/// XXH64, a 64-bit checksum that is not cryptographic. Source: the xxHash specification, section "XXH64 algorithm
/// description". Chosen over CRC-32C for block contexts because repair compares them: at 32 bits one changed block in
/// four thousand million would be taken for equal.
/// </summary>
public static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    /// <summary>The hash of <paramref name="data"/> under <paramref name="seed"/>.</summary>
    public static ulong Hash(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        unchecked
        {
            var length = (ulong)data.Length;
            ulong hash;
            if (data.Length >= 32)
            {
                hash = Stripes(data, seed);
                data = data[(data.Length & ~31)..];
            }
            else
            {
                hash = seed + Prime5;
            }

            return Avalanche(Tail(hash + length, data));
        }
    }

    private static ulong Stripes(ReadOnlySpan<byte> data, ulong seed)
    {
        unchecked
        {
            var a = seed + Prime1 + Prime2;
            var b = seed + Prime2;
            var c = seed;
            var d = seed - Prime1;
            var lanes = MemoryMarshal.Cast<byte, ulong>(data[..(data.Length & ~31)]);
            if (!BitConverter.IsLittleEndian)
            {
                throw new PlatformNotSupportedException("Crucible's formats are little-endian and so must be the machine");
            }

            for (; lanes.Length >= 4; lanes = lanes[4..])
            {
                a = Round(a, lanes[0]);
                b = Round(b, lanes[1]);
                c = Round(c, lanes[2]);
                d = Round(d, lanes[3]);
            }

            var hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            hash = Merge(hash, a);
            hash = Merge(hash, b);
            hash = Merge(hash, c);
            return Merge(hash, d);
        }
    }

    private static ulong Tail(ulong hash, ReadOnlySpan<byte> rest)
    {
        unchecked
        {
            for (; rest.Length >= 8; rest = rest[8..])
            {
                hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
                hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
            }

            if (rest.Length >= 4)
            {
                hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1;
                hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
                rest = rest[4..];
            }

            foreach (var value in rest)
            {
                hash ^= value * Prime5;
                hash = BitOperations.RotateLeft(hash, 11) * Prime1;
            }

            return hash;
        }
    }

    private static ulong Round(ulong accumulator, ulong lane) =>
        unchecked(BitOperations.RotateLeft(accumulator + (lane * Prime2), 31) * Prime1);

    private static ulong Merge(ulong hash, ulong accumulator) =>
        unchecked(((hash ^ Round(0, accumulator)) * Prime1) + Prime4);

    private static ulong Avalanche(ulong hash)
    {
        unchecked
        {
            hash ^= hash >> 33;
            hash *= Prime2;
            hash ^= hash >> 29;
            hash *= Prime3;
            return hash ^ (hash >> 32);
        }
    }
}
