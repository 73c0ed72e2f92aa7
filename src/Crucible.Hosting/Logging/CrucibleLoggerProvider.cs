using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serilog.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>Serilog as a logger provider, with the job categories behind their limiter.</summary>
internal sealed class CrucibleLoggerProvider(Serilog.ILogger serilog, JobLog jobLog, TimeProvider time) : ILoggerProvider
{
    private readonly SerilogLoggerProvider _inner = new(serilog, dispose: true);
    private readonly ConcurrentBag<JobLineLogger> _jobLoggers = [];

    public ILogger CreateLogger(string categoryName)
    {
        var logger = _inner.CreateLogger(categoryName);
        if (jobLog != JobLog.Brief || !CrucibleLogging.JobCategories.Contains(categoryName))
        {
            return logger;
        }

        var limited = new JobLineLogger(logger, time);
        _jobLoggers.Add(limited);
        return limited;
    }

    public void Dispose()
    {
        foreach (var logger in _jobLoggers)
        {
            logger.Dispose();
        }

        _inner.Dispose();
    }
}
