namespace MessagePack.Tests;

public sealed class LengthTests
{
    [Theory]
    [InlineData(0, "90")]
    [InlineData(15, "9f")]
    [InlineData(16, "dc 00 10")]
    [InlineData(65535, "dc ff ff")]
    [InlineData(65536, "dd 00 01 00 00")]
    [InlineData(int.MaxValue, "dd 7f ff ff ff")]
    public void An_array_header_takes_its_shortest_form(int count, string hex)
    {
        Assert.Equal(Codec.Hex(hex), Codec.Write((ref MessagePackWriter writer) => writer.WriteArrayHeader(count)));
        Assert.Equal(Codec.Hex(hex), Codec.Write((ref MessagePackWriter writer) => writer.WriteArrayHeader((uint)count)));
    }

    [Theory]
    [InlineData(0, "80")]
    [InlineData(15, "8f")]
    [InlineData(16, "de 00 10")]
    [InlineData(65535, "de ff ff")]
    [InlineData(65536, "df 00 01 00 00")]
    [InlineData(int.MaxValue, "df 7f ff ff ff")]
    public void A_map_header_takes_its_shortest_form(int count, string hex)
    {
        Assert.Equal(Codec.Hex(hex), Codec.Write((ref MessagePackWriter writer) => writer.WriteMapHeader(count)));
        Assert.Equal(Codec.Hex(hex), Codec.Write((ref MessagePackWriter writer) => writer.WriteMapHeader((uint)count)));
    }

    [Theory]
    [InlineData(0, "c4 00")]
    [InlineData(255, "c4 ff")]
    [InlineData(256, "c5 01 00")]
    [InlineData(65535, "c5 ff ff")]
    [InlineData(65536, "c6 00 01 00 00")]
    [InlineData(int.MaxValue, "c6 7f ff ff ff")]
    public void A_bin_header_takes_its_shortest_form_and_is_read_without_its_bytes(int length, string hex)
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.WriteBinHeader(length));

        Assert.Equal(Codec.Hex(hex), bytes);
        Assert.Equal(length, Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadBinHeader()));
        Assert.Equal(length, Codec.ReadSegmented(bytes, 1, (ref MessagePackReader reader) => reader.ReadBinHeader()));
    }

    [Fact]
    public void A_negative_length_is_refused_before_anything_is_written()
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Codec.Write((ref MessagePackWriter writer) => writer.WriteArrayHeader(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Codec.Write((ref MessagePackWriter writer) => writer.WriteMapHeader(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Codec.Write((ref MessagePackWriter writer) => writer.WriteBinHeader(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Codec.Read(Codec.Hex("00"), (ref MessagePackReader reader) => reader.ReadRaw(-1).Length));
    }

    [Theory]
    [InlineData("91", 1)]
    [InlineData("9f", 15)]
    [InlineData("dc 00 10", 16)]
    [InlineData("dd 00 01 00 00", 65536)]
    public void An_array_needs_a_byte_an_element(string hex, int count)
    {
        byte[] enough = [.. Codec.Hex(hex), .. new byte[count]];

        Assert.Equal(count, Codec.Read(enough, (ref MessagePackReader reader) => ReadHeaderAndAll(ref reader)));
        Codec.Throws<EndOfStreamException, int>(enough[..^1], (ref MessagePackReader reader) => reader.ReadArrayHeader());

        static int ReadHeaderAndAll(ref MessagePackReader reader)
        {
            var read = reader.ReadArrayHeader();
            reader.ReadRaw(read);
            return read;
        }
    }

    [Theory]
    [InlineData("81", 1)]
    [InlineData("8f", 15)]
    [InlineData("de 00 10", 16)]
    [InlineData("df 00 01 00 00", 65536)]
    public void A_map_needs_two_bytes_a_pair(string hex, int count)
    {
        byte[] enough = [.. Codec.Hex(hex), .. new byte[2 * count]];

        Assert.Equal(count, Codec.Read(enough, (ref MessagePackReader reader) => ReadHeaderAndAll(ref reader)));
        Codec.Throws<EndOfStreamException, int>(enough[..^1], (ref MessagePackReader reader) => reader.ReadMapHeader());

        static int ReadHeaderAndAll(ref MessagePackReader reader)
        {
            var read = reader.ReadMapHeader();
            reader.ReadRaw(2L * read);
            return read;
        }
    }

    [Theory]
    [InlineData("dd ff ff ff ff 00")]
    [InlineData("df ff ff ff ff 00")]
    [InlineData("db ff ff ff ff 00")]
    [InlineData("c6 ff ff ff ff 00")]
    [InlineData("c9 ff ff ff ff 00")]
    public void A_length_that_is_only_claimed_is_not_believed(string hex)
    {
        var bytes = Codec.Hex(hex);

        Codec.Throws<EndOfStreamException, bool>(bytes, (ref MessagePackReader reader) =>
        {
            switch (reader.NextMessagePackType)
            {
                case MessagePackType.Array:
                    return reader.ReadArrayHeader() > 0;
                case MessagePackType.Map:
                    return reader.ReadMapHeader() > 0;
                case MessagePackType.String:
                    return reader.ReadString() is null;
                case MessagePackType.Binary:
                    return reader.ReadBytes() is null;
                default:
                    reader.Skip();
                    return true;
            }
        });
    }

    [Fact]
    public void A_bin_header_above_the_largest_int_is_refused()
    {
        Codec.Throws<MessagePackSerializationException, int>(
            Codec.Hex("c6 80 00 00 00"), (ref MessagePackReader reader) => reader.ReadBinHeader());
    }
}
