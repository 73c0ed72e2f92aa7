using System.Buffers;
using System.Text;

namespace MessagePack.Tests;

public sealed class TextAndBinaryTests
{
    [Theory]
    [InlineData(0, "a0")]
    [InlineData(31, "bf")]
    [InlineData(32, "d9 20")]
    [InlineData(255, "d9 ff")]
    [InlineData(256, "da 01 00")]
    [InlineData(65535, "da ff ff")]
    [InlineData(65536, "db 00 01 00 00")]
    public void A_string_takes_its_shortest_form(int length, string header)
    {
        var text = new string('x', length);
        byte[] expected = [.. Codec.Hex(header), .. Encoding.UTF8.GetBytes(text)];

        Assert.Equal(expected, Codec.Write((ref MessagePackWriter writer) => writer.Write(text)));
        Assert.Equal(expected, Codec.Write((ref MessagePackWriter writer) => writer.Write(text.AsSpan())));
        Assert.Equal(expected, Codec.Write((ref MessagePackWriter writer) => writer.WriteString(Encoding.UTF8.GetBytes(text))));
        Assert.Equal(text, Codec.Read(expected, (ref MessagePackReader reader) => reader.ReadString()));
        Assert.Equal(text, Codec.ReadSegmented(expected, 7, (ref MessagePackReader reader) => reader.ReadString()));
    }

    [Fact]
    public void The_length_of_a_string_counts_its_utf8_bytes()
    {
        const string Text = "Grüße, 世界 🌍";

        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write(Text));

        Assert.Equal(MessagePackCode.MinFixStr + Encoding.UTF8.GetByteCount(Text), bytes[0]);
        for (var segmentBytes = 1; segmentBytes <= bytes.Length; segmentBytes++)
        {
            Assert.Equal(Text, Codec.ReadSegmented(bytes, segmentBytes, (ref MessagePackReader reader) => reader.ReadString()));
        }
    }

    [Fact]
    public void A_lone_surrogate_and_broken_utf8_become_the_replacement_character()
    {
        Assert.Equal(Codec.Hex("a3 ef bf bd"), Codec.Write((ref MessagePackWriter writer) => writer.Write("\ud800")));
        Assert.Equal("\ufffd", Codec.Read(Codec.Hex("a1 ff"), (ref MessagePackReader reader) => reader.ReadString()));
    }

    [Fact]
    public void A_null_string_is_nil()
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write((string?)null));

        Assert.Equal(Codec.Hex("c0"), bytes);
        Assert.Null(Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadString()));
        Assert.Null(Codec.Read(bytes, (ref MessagePackReader reader) => reader.ReadBytes()));
    }

    [Theory]
    [InlineData(0, "c4 00")]
    [InlineData(255, "c4 ff")]
    [InlineData(256, "c5 01 00")]
    [InlineData(65536, "c6 00 01 00 00")]
    public void A_bin_is_its_header_and_its_bytes(int length, string header)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        byte[] expected = [.. Codec.Hex(header), .. data];

        Assert.Equal(expected, Codec.Write((ref MessagePackWriter writer) => writer.Write(data)));
        Assert.Equal(data, Codec.Read(expected, (ref MessagePackReader reader) => reader.ReadBytes()!.Value.ToArray()));
        Assert.Equal(
            data, Codec.ReadSegmented(expected, 5, (ref MessagePackReader reader) => reader.ReadBytes()!.Value.ToArray()));
    }

    [Fact]
    public void A_span_is_had_where_the_bytes_lie_in_one_piece()
    {
        var reader = new MessagePackReader(Codec.Hex("c4 03 01 02 03 a2 68 69"));

        Assert.True(reader.TryReadBinSpan(out var bin));
        Assert.True(reader.TryReadStringSpan(out var text));

        Assert.Equal([1, 2, 3], bin.ToArray());
        Assert.Equal("hi"u8.ToArray(), text.ToArray());
        Assert.True(reader.End);
    }

    [Fact]
    public void A_span_is_had_where_only_the_header_lies_in_another_segment()
    {
        var reader = new MessagePackReader(Segments.Split(Codec.Hex("c4 02 01 02 a1 68"), 2));

        Assert.True(reader.TryReadBinSpan(out var bin));
        Assert.True(reader.TryReadStringSpan(out var text));

        Assert.Equal([1, 2], bin.ToArray());
        Assert.Equal("h"u8.ToArray(), text.ToArray());
    }

    [Fact]
    public void No_span_is_had_of_nil_or_of_bytes_in_several_segments_and_nothing_is_consumed()
    {
        var reader = new MessagePackReader(Segments.Split(Codec.Hex("c4 03 01 02 03 a3 68 69 21 c0"), 2));

        Assert.False(reader.TryReadBinSpan(out _));
        Assert.Equal(0, reader.Consumed);
        Assert.Equal([1, 2, 3], reader.ReadBytes()!.Value.ToArray());
        Assert.False(reader.TryReadStringSpan(out _));
        Assert.Equal(5, reader.Consumed);
        Assert.Equal("hi!", reader.ReadString());
        Assert.False(reader.TryReadBinSpan(out _));
        Assert.False(reader.TryReadStringSpan(out _));
        Assert.True(reader.TryReadNil());
    }

    [Fact]
    public void Raw_bytes_go_in_and_out_as_they_are()
    {
        var bytes = Codec.Write((ref MessagePackWriter writer) =>
        {
            writer.WriteBinHeader(4);
            writer.WriteRaw([9, 8, 7, 6]);
        });
        var reader = new MessagePackReader(Segments.Split(bytes, 3));

        var length = reader.ReadBinHeader();

        Assert.Equal(4, length);
        Assert.Equal(2, reader.Consumed);
        Assert.Equal([9, 8, 7, 6], reader.ReadRaw(length).ToArray());
        Assert.True(reader.End);
    }

    [Fact]
    public void A_string_is_no_bin_and_a_bin_is_no_string()
    {
        Codec.Throws<MessagePackSerializationException, bool>(
            Codec.Hex("a1 68"), (ref MessagePackReader reader) => reader.ReadBytes() is null);
        Codec.Throws<MessagePackSerializationException, bool>(
            Codec.Hex("a1 68"), (ref MessagePackReader reader) => reader.TryReadBinSpan(out _));
        Codec.Throws<MessagePackSerializationException, bool>(
            Codec.Hex("c4 01 68"), (ref MessagePackReader reader) => reader.ReadString() is null);
        Codec.Throws<MessagePackSerializationException, bool>(
            Codec.Hex("c4 01 68"), (ref MessagePackReader reader) => reader.TryReadStringSpan(out _));
    }
}
