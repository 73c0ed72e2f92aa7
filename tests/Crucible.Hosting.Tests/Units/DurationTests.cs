namespace Crucible.Hosting.Tests;

public sealed class DurationTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("2s", 2)]
    [InlineData("1.5 s", 1.5)]
    [InlineData("250us", 0.00025)]
    [InlineData("3m", 180)]
    [InlineData("1h", 3600)]
    [InlineData("10000d", 864_000_000)]
    [InlineData("0", 0)]
    public void Times_are_a_number_and_a_unit(string text, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Duration.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.2.3s")]
    [InlineData("1 week")]
    [InlineData("1S")]
    [InlineData("10001d")]
    [InlineData("99999999999999999999999999999999s")]
    [InlineData("79228162514264337593543950335d")]
    public void Anything_else_is_refused_with_one_line_that_quotes_it(string text)
    {
        var exception = Assert.Throws<UsageException>(() => Duration.Parse(text));

        Assert.StartsWith($"'{text}' is ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.0000125, "12.5 µs")]
    [InlineData(0.25, "250 ms")]
    [InlineData(2.14, "2.1 s")]
    [InlineData(200, "3m20s")]
    [InlineData(7500, "2h05m")]
    [InlineData(273_600, "3d04h")]
    public void Times_are_shown_in_the_unit_that_fits(double seconds, string expected)
    {
        Assert.Equal(expected, Duration.Format(TimeSpan.FromSeconds(seconds)));
    }
}
