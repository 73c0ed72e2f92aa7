using System.CommandLine;

namespace Crucible.Hosting.Tests;

public sealed class LoggingArgumentsTests
{
    [Theory]
    [InlineData("run", 0)]
    [InlineData("run -v", 1)]
    [InlineData("run -vv", 2)]
    [InlineData("-v run --verbose", 2)]
    public void Verbose_is_counted(string line, int expected)
    {
        Assert.Equal(expected, Bind(line).Verbose);
    }

    [Fact]
    public void Every_choice_is_bound()
    {
        var options = Bind("run -q --job-log off --log-json --log-file x.log");

        Assert.Equal(
            new LoggingOptions { Quiet = true, JobLog = JobLog.Off, Json = true, File = "x.log", ToStandardError = true },
            options);
    }

    [Fact]
    public void Without_options_jobs_are_shown_briefly()
    {
        Assert.Equal(new LoggingOptions { ToStandardError = true }, Bind("run"));
    }

    private static LoggingOptions Bind(string line)
    {
        var arguments = new LoggingArguments();
        var root = new RootCommand { new Command("run") };
        arguments.AddTo(root);
        var parse = root.Parse(line);
        Assert.Empty(parse.Errors);
        return arguments.Bind(parse, toStandardError: true);
    }
}
