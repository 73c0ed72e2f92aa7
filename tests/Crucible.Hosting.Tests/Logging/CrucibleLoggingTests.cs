using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Crucible.Hosting.Tests;

public sealed class CrucibleLoggingTests : IDisposable
{
    private readonly StringWriter _plain = new();
    private readonly StringWriter _warnings = new();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.log");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Plain_lines_are_the_message_alone()
    {
        Log(new LoggingOptions(), logger => logger.LogInformation("listening on {Address}", "0.0.0.0:3801"));

        Assert.Equal("listening on 0.0.0.0:3801\n", _plain.ToString());
    }

    [Fact]
    public void Warnings_and_errors_say_so_on_their_own_writer_with_the_causes_message()
    {
        Log(new LoggingOptions(), logger =>
        {
            logger.LogWarning("replica {Replica} is slow", 2);
            logger.LogError(new IOException("disk\nfull"), "flush failed");
        });

        Assert.Equal("", _plain.ToString());
        Assert.Equal("warning: replica 2 is slow\nerror: flush failed: disk, full\n", _warnings.ToString());
    }

    [Theory]
    [InlineData(false, 0, "info warn")]
    [InlineData(true, 0, "warn")]
    [InlineData(true, 2, "warn")]
    [InlineData(false, 1, "debug info warn")]
    [InlineData(false, 2, "trace debug info warn")]
    public void Quiet_and_verbose_choose_the_level(bool quiet, int verbose, string expected)
    {
        var options = new LoggingOptions { Quiet = quiet, Verbose = verbose };

        Log(options, logger =>
        {
            logger.LogTrace("trace");
            logger.LogDebug("debug");
            logger.LogInformation("info");
            logger.LogWarning("warn");
        });

        var lines = (_plain.ToString() + _warnings).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Split(' '), lines.Select(line => line.Split(' ')[^1]));
    }

    [Fact]
    public void Verbose_lines_bear_time_level_and_category()
    {
        Log(new LoggingOptions { Verbose = 1 }, logger => logger.LogDebug("hello"));

        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} dbug Crucible\.Test: hello\n$", _plain.ToString());
    }

    [Fact]
    public void A_level_that_is_off_is_answered_without_allocating()
    {
        using var factory = CrucibleLogging.CreateLoggerFactory(new LoggingOptions(), _plain, _warnings, TimeProvider.System);
        var logger = factory.CreateLogger("Crucible.Test");
        var enabled = logger.IsEnabled(LogLevel.Debug);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            enabled |= logger.IsEnabled(LogLevel.Debug);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(enabled);
    }

    [Fact]
    public void The_file_gets_every_line_with_time_and_category()
    {
        Log(new LoggingOptions { File = _file }, logger => logger.LogInformation("hello"));

        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} info Crucible\.Test: hello\n$", File.ReadAllText(_file));
        Assert.Equal("hello\n", _plain.ToString());
    }

    [Fact]
    public void Json_lines_are_one_object_each()
    {
        Log(new LoggingOptions { Json = true }, logger => logger.LogInformation("listening on {Address}", "[::]:3801"));

        using var line = JsonDocument.Parse(_plain.ToString());
        Assert.Equal("[::]:3801", line.RootElement.GetProperty("Properties").GetProperty("Address").GetString());
    }

    [Fact]
    public void A_log_file_that_cannot_be_written_is_an_error_of_usage()
    {
        var options = new LoggingOptions { File = Path.Combine(_file, "below", "a.log") };

        var exception = Assert.Throws<UsageException>(() => CrucibleLogging.CreateLoggerFactory(options));

        Assert.StartsWith($"log file '{options.File}' cannot be written", exception.Message, StringComparison.Ordinal);
    }

    private void Log(LoggingOptions options, Action<ILogger> act)
    {
        using var factory = CrucibleLogging.CreateLoggerFactory(options, _plain, _warnings, TimeProvider.System);
        act(factory.CreateLogger("Crucible.Test"));
    }
}
