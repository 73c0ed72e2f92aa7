using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>
/// Stands in front of the logger of a category that writes one Trace line a job, and answers <see cref="IsEnabled"/> with no
/// once the second has had its lines, so that the line is never even formatted.
/// </summary>
internal sealed partial class JobLineLogger : ILogger, IDisposable
{
    private readonly ILogger _inner;
    private readonly JobLineBudget _budget;

    public JobLineLogger(ILogger inner, TimeProvider time)
    {
        _inner = inner;
        _budget = new JobLineBudget(time, dropped => MoreJobs(_inner, dropped));
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) =>
        logLevel == LogLevel.Trace ? _budget.HasRoom() : _inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel == LogLevel.Trace)
        {
            _budget.Use();
        }

        _inner.Log(logLevel, eventId, state, exception, formatter);
    }

    public void Dispose() => _budget.Dispose();

    [LoggerMessage(LogLevel.Trace, "… {Count} more jobs this second (--job-log all shows each)")]
    private static partial void MoreJobs(ILogger logger, long count);
}
