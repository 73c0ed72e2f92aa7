namespace MessagePack.Tests;

public sealed class CodeTests
{
    /// <summary>The specification's table, first and last code of each row.</summary>
    [Theory]
    [InlineData(0x00, 0x7f, MessagePackType.Integer, "positive fixint")]
    [InlineData(0x80, 0x8f, MessagePackType.Map, "fixmap")]
    [InlineData(0x90, 0x9f, MessagePackType.Array, "fixarray")]
    [InlineData(0xa0, 0xbf, MessagePackType.String, "fixstr")]
    [InlineData(0xc0, 0xc0, MessagePackType.Nil, "nil")]
    [InlineData(0xc1, 0xc1, MessagePackType.Unknown, "(never used)")]
    [InlineData(0xc2, 0xc2, MessagePackType.Boolean, "false")]
    [InlineData(0xc3, 0xc3, MessagePackType.Boolean, "true")]
    [InlineData(0xc4, 0xc4, MessagePackType.Binary, "bin 8")]
    [InlineData(0xc5, 0xc5, MessagePackType.Binary, "bin 16")]
    [InlineData(0xc6, 0xc6, MessagePackType.Binary, "bin 32")]
    [InlineData(0xc7, 0xc7, MessagePackType.Extension, "ext 8")]
    [InlineData(0xc8, 0xc8, MessagePackType.Extension, "ext 16")]
    [InlineData(0xc9, 0xc9, MessagePackType.Extension, "ext 32")]
    [InlineData(0xca, 0xca, MessagePackType.Float, "float 32")]
    [InlineData(0xcb, 0xcb, MessagePackType.Float, "float 64")]
    [InlineData(0xcc, 0xcc, MessagePackType.Integer, "uint 8")]
    [InlineData(0xcd, 0xcd, MessagePackType.Integer, "uint 16")]
    [InlineData(0xce, 0xce, MessagePackType.Integer, "uint 32")]
    [InlineData(0xcf, 0xcf, MessagePackType.Integer, "uint 64")]
    [InlineData(0xd0, 0xd0, MessagePackType.Integer, "int 8")]
    [InlineData(0xd1, 0xd1, MessagePackType.Integer, "int 16")]
    [InlineData(0xd2, 0xd2, MessagePackType.Integer, "int 32")]
    [InlineData(0xd3, 0xd3, MessagePackType.Integer, "int 64")]
    [InlineData(0xd4, 0xd4, MessagePackType.Extension, "fixext 1")]
    [InlineData(0xd5, 0xd5, MessagePackType.Extension, "fixext 2")]
    [InlineData(0xd6, 0xd6, MessagePackType.Extension, "fixext 4")]
    [InlineData(0xd7, 0xd7, MessagePackType.Extension, "fixext 8")]
    [InlineData(0xd8, 0xd8, MessagePackType.Extension, "fixext 16")]
    [InlineData(0xd9, 0xd9, MessagePackType.String, "str 8")]
    [InlineData(0xda, 0xda, MessagePackType.String, "str 16")]
    [InlineData(0xdb, 0xdb, MessagePackType.String, "str 32")]
    [InlineData(0xdc, 0xdc, MessagePackType.Array, "array 16")]
    [InlineData(0xdd, 0xdd, MessagePackType.Array, "array 32")]
    [InlineData(0xde, 0xde, MessagePackType.Map, "map 16")]
    [InlineData(0xdf, 0xdf, MessagePackType.Map, "map 32")]
    [InlineData(0xe0, 0xff, MessagePackType.Integer, "negative fixint")]
    public void Each_code_has_its_type_and_name(int first, int last, MessagePackType type, string name)
    {
        for (var code = first; code <= last; code++)
        {
            var reader = new MessagePackReader(new[] { (byte)code });

            Assert.Equal(code, reader.NextCode);
            Assert.Equal(type, reader.NextMessagePackType);
            Assert.Equal(name, MessagePackCode.ToFormatName((byte)code));
        }
    }

    [Fact]
    public void An_error_says_what_was_expected_and_what_was_found()
    {
        var error = Assert.Throws<MessagePackSerializationException>(
            () => Codec.Read(Codec.Hex("da 00 00"), (ref MessagePackReader reader) => reader.ReadArrayHeader()));

        Assert.Equal("Expected an array, found str 16 (0xda).", error.Message);
    }
}
