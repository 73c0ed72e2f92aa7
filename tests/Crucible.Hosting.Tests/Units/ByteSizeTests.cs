namespace Crucible.Hosting.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("512B", 512)]
    [InlineData("1k", 1024)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("64 mib", 64L << 20)]
    [InlineData(" 1G ", 1L << 30)]
    [InlineData("2TiB", 2L << 40)]
    [InlineData("7E", 7L << 60)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Sizes_are_read_in_powers_of_1024(string text, long expected)
    {
        Assert.Equal(expected, ByteSize.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1")]
    [InlineData("1.5G")]
    [InlineData("1,024")]
    [InlineData("0x10")]
    [InlineData("1 Gi B")]
    [InlineData("1Q")]
    [InlineData("10MB")]
    [InlineData("8E")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999")]
    public void Anything_else_is_refused_with_one_line_that_quotes_it(string text)
    {
        var exception = Assert.Throws<UsageException>(() => ByteSize.Parse(text));

        Assert.StartsWith($"'{text}' is ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData((1 << 20) - 1, "1 MiB")]
    [InlineData(64L << 20, "64 MiB")]
    [InlineData(1L << 40, "1 TiB")]
    [InlineData(long.MaxValue, "8 EiB")]
    public void Sizes_are_shown_in_the_largest_unit_that_fits(long bytes, string expected)
    {
        Assert.Equal(expected, ByteSize.Format(bytes));
    }
}
