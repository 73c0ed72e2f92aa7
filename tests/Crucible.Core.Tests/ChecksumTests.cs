using System.Numerics;
using System.Text;

namespace Crucible.Tests;

public sealed class ChecksumTests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    public void XxHash64_gives_the_published_values(string text, ulong expected) =>
        Assert.Equal(expected, XxHash64.Hash(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void XxHash64_agrees_with_the_specification_read_byte_by_byte()
    {
        var random = new Random(1);
        var data = new byte[300];
        random.NextBytes(data);
        for (var length = 0; length <= data.Length; length++)
        {
            var seed = (ulong)random.NextInt64();

            Assert.Equal(Reference(data.AsSpan(0, length), seed), XxHash64.Hash(data.AsSpan(0, length), seed));
        }
    }

    [Fact]
    public void XxHash64_reads_at_any_alignment()
    {
        var data = new byte[4096 + 7];
        new Random(2).NextBytes(data);
        for (var start = 0; start < 8; start++)
        {
            var block = data.AsSpan(start, 4096);

            Assert.Equal(XxHash64.Hash(block.ToArray(), 5), XxHash64.Hash(block, 5));
        }
    }

    [Fact]
    public void Crc32C_gives_the_values_of_RFC_3720()
    {
        var ascending = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();

        Assert.Equal(0x8A9136AAu, Crc32C.Hash(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Hash(Enumerable.Repeat((byte)0xff, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Hash(ascending));
        Assert.Equal(0x113FDB5Cu, Crc32C.Hash([.. ascending.Reverse()]));
        Assert.Equal(0xE3069283u, Crc32C.Hash("123456789"u8));
        Assert.Equal(0u, Crc32C.Hash([]));
    }

    [Fact]
    public void Crc32C_does_not_depend_on_how_the_bytes_are_cut()
    {
        var data = new byte[67];
        new Random(3).NextBytes(data);
        var whole = Crc32C.Hash(data);
        for (var cut = 0; cut <= data.Length; cut++)
        {
            var state = Crc32C.Append(Crc32C.Append(Crc32C.Start, data.AsSpan(0, cut)), data.AsSpan(cut));

            Assert.Equal(whole, Crc32C.Finish(state));
        }
    }

    // The specification's own words, with numbers of any size and nothing clever.
    private static ulong Reference(ReadOnlySpan<byte> data, ulong seed)
    {
        const ulong P1 = 11400714785074694791, P2 = 14029467366897019727, P3 = 1609587929392839161;
        const ulong P4 = 9650029242287828579, P5 = 2870177450012600261;
        unchecked
        {
            static ulong Little(ReadOnlySpan<byte> bytes)
            {
                ulong value = 0;
                for (var i = bytes.Length - 1; i >= 0; i--)
                {
                    value = (value << 8) | bytes[i];
                }

                return value;
            }

            static ulong Round(ulong sum, ulong lane) => unchecked(BitOperations.RotateLeft(sum + (lane * P2), 31) * P1);

            var at = 0;
            ulong hash;
            if (data.Length < 32)
            {
                hash = seed + P5;
            }
            else
            {
                ulong[] sums = [seed + P1 + P2, seed + P2, seed, seed - P1];
                for (; at + 32 <= data.Length; at += 32)
                {
                    for (var lane = 0; lane < 4; lane++)
                    {
                        sums[lane] = Round(sums[lane], Little(data.Slice(at + (lane * 8), 8)));
                    }
                }

                hash = BitOperations.RotateLeft(sums[0], 1) + BitOperations.RotateLeft(sums[1], 7)
                    + BitOperations.RotateLeft(sums[2], 12) + BitOperations.RotateLeft(sums[3], 18);
                foreach (var sum in sums)
                {
                    hash = ((hash ^ Round(0, sum)) * P1) + P4;
                }
            }

            hash += (ulong)data.Length;
            for (; at + 8 <= data.Length; at += 8)
            {
                hash = (BitOperations.RotateLeft(hash ^ Round(0, Little(data.Slice(at, 8))), 27) * P1) + P4;
            }

            for (; at + 4 <= data.Length; at += 4)
            {
                hash = (BitOperations.RotateLeft(hash ^ (Little(data.Slice(at, 4)) * P1), 23) * P2) + P3;
            }

            for (; at < data.Length; at++)
            {
                hash = BitOperations.RotateLeft(hash ^ (data[at] * P5), 11) * P1;
            }

            hash = (hash ^ (hash >> 33)) * P2;
            hash = (hash ^ (hash >> 29)) * P3;
            return hash ^ (hash >> 32);
        }
    }
}
