namespace MessagePack.Tests;

public sealed class ScalarTests
{
    [Fact]
    public void Nil_is_one_byte()
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.WriteNil());

        Assert.Equal(Codec.Hex("c0"), bytes);
        Assert.Equal(Nil.Default, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadNil()));
        Assert.True(Codec.Read(bytes, (ref MessagePackReader reader) => reader.IsNil && reader.TryReadNil()));
    }

    [Fact]
    public void What_is_not_nil_stays_where_it_is()
    {
        var reader = new MessagePackReader(Codec.Hex("07"));

        Assert.False(reader.IsNil);
        Assert.False(reader.TryReadNil());
        Assert.Equal(0, reader.Consumed);
        Assert.Equal(7, reader.ReadInt32());
    }

    [Theory]
    [InlineData(false, "c2")]
    [InlineData(true, "c3")]
    public void A_boolean_is_one_byte(bool value, string hex)
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write(value));

        Assert.Equal(Codec.Hex(hex), bytes);
        Assert.Equal(value, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadBoolean()));
    }

    [Theory]
    [InlineData(0f, "ca 00 00 00 00")]
    [InlineData(-0f, "ca 80 00 00 00")]
    [InlineData(1.5f, "ca 3f c0 00 00")]
    [InlineData(float.MaxValue, "ca 7f 7f ff ff")]
    [InlineData(float.NegativeInfinity, "ca ff 80 00 00")]
    [InlineData(float.NaN, "ca ff c0 00 00")]
    public void A_single_is_its_bits(float value, string hex)
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write(value));

        Assert.Equal(Codec.Hex(hex), bytes);
        var read = Codec.ReadSegmented(bytes, 2, (ref MessagePackReader reader) => reader.ReadSingle());
        Assert.Equal(BitConverter.SingleToInt32Bits(value), BitConverter.SingleToInt32Bits(read));
        Assert.Equal((double)value, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadDouble()));
    }

    [Theory]
    [InlineData(0d, "cb 00 00 00 00 00 00 00 00")]
    [InlineData(-1.5d, "cb bf f8 00 00 00 00 00 00")]
    [InlineData(double.Epsilon, "cb 00 00 00 00 00 00 00 01")]
    [InlineData(double.MaxValue, "cb 7f ef ff ff ff ff ff ff")]
    [InlineData(double.PositiveInfinity, "cb 7f f0 00 00 00 00 00 00")]
    [InlineData(double.NaN, "cb ff f8 00 00 00 00 00 00")]
    public void A_double_is_its_bits(double value, string hex)
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write(value));

        Assert.Equal(Codec.Hex(hex), bytes);
        var read = Codec.ReadSegmented(bytes, 3, (ref MessagePackReader reader) => reader.ReadDouble());
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(read));
        Assert.Equal((float)value, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadSingle()));
    }

    [Theory]
    [InlineData("05", 5d)]
    [InlineData("ff", -1d)]
    [InlineData("d1 80 00", -32768d)]
    [InlineData("ce ff ff ff ff", 4294967295d)]
    [InlineData("cf ff ff ff ff ff ff ff ff", 18446744073709551615d)]
    public void An_integer_is_read_as_a_float(string hex, double expected)
    {
        Assert.Equal(expected, Codec.Read(Codec.Hex(hex), (ref MessagePackReader reader) => reader.ReadDouble()));
        Assert.Equal((float)expected, Codec.Read(Codec.Hex(hex), (ref MessagePackReader reader) => reader.ReadSingle()));
    }
}
