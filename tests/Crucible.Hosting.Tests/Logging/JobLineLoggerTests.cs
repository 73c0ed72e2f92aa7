using Microsoft.Extensions.Logging;

namespace Crucible.Hosting.Tests;

public sealed class JobLineLoggerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _lines = new();
    private readonly StringWriter _warnings = new();
    private ILoggerFactory? _factory;

    public void Dispose() => _factory?.Dispose();

    [Fact]
    public void The_first_fifty_jobs_of_a_second_are_shown_and_the_rest_is_counted_when_it_ends()
    {
        var jobs = Create(JobLog.Brief);

        LogJobs(jobs, 120);

        Assert.Equal(50, Lines().Length);
        Assert.Equal("Write       rn:1000 eid:0 dep:[998, 999] bo:99", Lines()[0]);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(51, Lines().Length);
        Assert.Equal("… 70 more jobs this second (--job-log all shows each)", Lines()[^1]);
    }

    [Fact]
    public void Each_second_has_its_own_fifty_lines()
    {
        var jobs = Create(JobLog.Brief);

        for (var second = 0; second < 3; second++)
        {
            LogJobs(jobs, 60);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3 * 51, Lines().Length);
        Assert.Equal(3, Lines().Count(line => line.StartsWith("… 10 more jobs", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_quiet_second_gets_no_summary()
    {
        var jobs = Create(JobLog.Brief);

        LogJobs(jobs, 50);
        _time.Advance(TimeSpan.FromSeconds(5));
        LogJobs(jobs, 1);

        Assert.Equal(51, Lines().Length);
    }

    [Fact]
    public void What_was_dropped_last_is_told_when_the_program_ends()
    {
        var jobs = Create(JobLog.Brief);
        LogJobs(jobs, 53);

        _factory!.Dispose();

        Assert.Equal("… 3 more jobs this second (--job-log all shows each)", Lines()[^1]);
    }

    [Fact]
    public void Asking_allocates_nothing_whether_there_is_room_or_not()
    {
        var jobs = Create(JobLog.Brief);
        var off = Create(JobLog.Off);
        LogJobs(jobs, 60);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var enabled = 0;
        for (var i = 0; i < 1000; i++)
        {
            enabled += jobs.IsEnabled(LogLevel.Trace) ? 1 : 0;
            enabled += off.IsEnabled(LogLevel.Trace) ? 1 : 0;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, enabled);
    }

    [Fact]
    public void All_shows_every_job_and_off_none()
    {
        LogJobs(Create(JobLog.All), 300);
        Assert.Equal(300, Lines().Length);

        _lines.GetStringBuilder().Clear();
        LogJobs(Create(JobLog.Off), 300);
        Assert.Empty(Lines());
    }

    [Fact]
    public void Quiet_shows_no_job_but_its_warnings()
    {
        var jobs = Create(JobLog.All, quiet: true);

        LogJobs(jobs, 3);
        jobs.LogWarning("slow");

        Assert.Empty(Lines());
        Assert.Equal("warning: slow\n", _warnings.ToString());
    }

    [Fact]
    public void Other_levels_of_the_category_are_not_limited()
    {
        var jobs = Create(JobLog.Brief);
        LogJobs(jobs, 60);

        jobs.LogInformation("drained");

        Assert.Equal("drained", Lines()[^1]);
    }

    [Fact]
    public void Threads_together_pass_the_limit_by_no_more_than_their_number()
    {
        var jobs = Create(JobLog.Brief);

        Parallel.For(0, 4, _ => LogJobs(jobs, 500));

        Assert.InRange(Lines().Length, 50, 54);
    }

    private ILogger Create(JobLog jobLog, bool quiet = false)
    {
        _factory = CrucibleLogging.CreateLoggerFactory(
            new LoggingOptions { JobLog = jobLog, Quiet = quiet }, _lines, _warnings, _time);
        return _factory.CreateLogger(CrucibleLogging.DownstairsJobs);
    }

    private static void LogJobs(ILogger logger, int count)
    {
        for (var i = 0; i < count; i++)
        {
            logger.WriteJob(1000UL, 0, [998UL, 999UL], 99);
        }
    }

    private string[] Lines() => _lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

internal static partial class JobMessages
{
    [LoggerMessage(LogLevel.Trace, "Write       rn:{Job} eid:{Extent} dep:{Dependencies} bo:{Block}")]
    public static partial void WriteJob(this ILogger logger, ulong job, int extent, ulong[] dependencies, int block);
}
