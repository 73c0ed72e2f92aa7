using System.Globalization;

namespace MessagePack.Tests;

public sealed class IntegerTests
{
    /// <summary>Both sides of every boundary of the format, in the shortest form.</summary>
    public static TheoryData<string, string> Boundaries => new()
    {
        { "0", "00" },
        { "1", "01" },
        { "127", "7f" },
        { "128", "cc 80" },
        { "255", "cc ff" },
        { "256", "cd 01 00" },
        { "32767", "cd 7f ff" },
        { "32768", "cd 80 00" },
        { "65535", "cd ff ff" },
        { "65536", "ce 00 01 00 00" },
        { "2147483647", "ce 7f ff ff ff" },
        { "2147483648", "ce 80 00 00 00" },
        { "4294967295", "ce ff ff ff ff" },
        { "4294967296", "cf 00 00 00 01 00 00 00 00" },
        { "9223372036854775807", "cf 7f ff ff ff ff ff ff ff" },
        { "9223372036854775808", "cf 80 00 00 00 00 00 00 00" },
        { "18446744073709551615", "cf ff ff ff ff ff ff ff ff" },
        { "-1", "ff" },
        { "-32", "e0" },
        { "-33", "d0 df" },
        { "-128", "d0 80" },
        { "-129", "d1 ff 7f" },
        { "-32768", "d1 80 00" },
        { "-32769", "d2 ff ff 7f ff" },
        { "-2147483648", "d2 80 00 00 00" },
        { "-2147483649", "d3 ff ff ff ff 7f ff ff ff" },
        { "-9223372036854775808", "d3 80 00 00 00 00 00 00 00" },
    };

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Every_type_that_holds_a_value_writes_its_shortest_form(string number, string hex)
    {
        var value = Int128.Parse(number, CultureInfo.InvariantCulture);
        var expected = Codec.Hex(hex);

        foreach (var written in WriteAsEveryType(value))
        {
            Assert.Equal(expected, written);
        }
    }

    [Theory]
    [MemberData(nameof(Boundaries))]
    public void Every_type_reads_the_values_it_holds_and_refuses_the_others(string number, string hex)
    {
        var value = Int128.Parse(number, CultureInfo.InvariantCulture);
        var bytes = Codec.Hex(hex);

        Check(byte.MinValue, byte.MaxValue, (ref MessagePackReader reader) => reader.ReadByte());
        Check(ushort.MinValue, ushort.MaxValue, (ref MessagePackReader reader) => reader.ReadUInt16());
        Check(uint.MinValue, uint.MaxValue, (ref MessagePackReader reader) => reader.ReadUInt32());
        Check(ulong.MinValue, ulong.MaxValue, (ref MessagePackReader reader) => reader.ReadUInt64());
        Check(sbyte.MinValue, sbyte.MaxValue, (ref MessagePackReader reader) => reader.ReadSByte());
        Check(short.MinValue, short.MaxValue, (ref MessagePackReader reader) => reader.ReadInt16());
        Check(int.MinValue, int.MaxValue, (ref MessagePackReader reader) => reader.ReadInt32());
        Check(long.MinValue, long.MaxValue, (ref MessagePackReader reader) => reader.ReadInt64());

        void Check(Int128 minimum, Int128 maximum, ReadFunction<Int128> read)
        {
            if (value >= minimum && value <= maximum)
            {
                Assert.Equal(value, Codec.Read(bytes, read));
                Assert.Equal(value, Codec.ReadSegmented(bytes, 1, read));
            }
            else
            {
                Codec.Throws<MessagePackSerializationException, Int128>(bytes, read);
            }
        }
    }

    [Theory]
    [InlineData("cc 05")]
    [InlineData("cd 00 05")]
    [InlineData("ce 00 00 00 05")]
    [InlineData("cf 00 00 00 00 00 00 00 05")]
    [InlineData("d0 05")]
    [InlineData("d1 00 05")]
    [InlineData("d2 00 00 00 05")]
    [InlineData("d3 00 00 00 00 00 00 00 05")]
    public void A_form_longer_than_needed_is_read_all_the_same(string hex)
    {
        var bytes = Codec.Hex(hex);

        Assert.Equal(5, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadByte()));
        Assert.Equal(5, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadSByte()));
        Assert.Equal(5UL, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadUInt64()));
        Assert.Equal(5L, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadInt64()));
    }

    private static List<byte[]> WriteAsEveryType(Int128 value)
    {
        var written = new List<byte[]>();
        Add(byte.MinValue, byte.MaxValue, (ref MessagePackWriter writer) => writer.Write((byte)value));
        Add(ushort.MinValue, ushort.MaxValue, (ref MessagePackWriter writer) => writer.Write((ushort)value));
        Add(uint.MinValue, uint.MaxValue, (ref MessagePackWriter writer) => writer.Write((uint)value));
        Add(ulong.MinValue, ulong.MaxValue, (ref MessagePackWriter writer) => writer.Write((ulong)value));
        Add(sbyte.MinValue, sbyte.MaxValue, (ref MessagePackWriter writer) => writer.Write((sbyte)value));
        Add(short.MinValue, short.MaxValue, (ref MessagePackWriter writer) => writer.Write((short)value));
        Add(int.MinValue, int.MaxValue, (ref MessagePackWriter writer) => writer.Write((int)value));
        Add(long.MinValue, long.MaxValue, (ref MessagePackWriter writer) => writer.Write((long)value));
        Assert.NotEmpty(written);
        return written;

        void Add(Int128 minimum, Int128 maximum, WriteAction write)
        {
            if (value >= minimum && value <= maximum)
            {
                written.Add(Codec.Write(write));
            }
        }
    }
}
