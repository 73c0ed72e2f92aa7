using System.CommandLine;

namespace Crucible.Hosting.Tests;

public sealed class ParseMessagesTests
{
    private enum Mode
    {
        Rw,
        Ro,
    }

    [Theory]
    [InlineData("--count", "x", "--count: 'x' is not a whole number, 0 or more, that fits")]
    [InlineData("--count", "99999999999999999999999", "--count: '99999999999999999999999' is not a whole number, 0 or more, that fits")]
    [InlineData("--share", "x", "--share: 'x' is not a number")]
    [InlineData("--id", "x", "--id: 'x' is not an id such as ")]
    [InlineData("--mode", "x", "--mode: 'x' is not one of r")]
    public async Task Values_that_do_not_parse_are_told_in_the_words_of_the_command_line(string option, string value, string expected)
    {
        var root = new RootCommand { new Option<ulong>("--count"), new Option<double>("--share"), new Option<Guid>("--id"), new Option<Mode>("--mode") };
        root.SetAction(_ => 0);
        var error = new StringWriter();

        var code = await CrucibleProgram.RunAsync(root, [option, value], TextWriter.Null, error, null, CancellationToken.None);

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith($"error: {expected}", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.ToString(), StringComparison.Ordinal);
    }
}
