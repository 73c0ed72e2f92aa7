using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>What a program logs, and where to.</summary>
public sealed record LoggingOptions
{
    /// <summary>The least severe level shown when neither quiet nor verbose.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Only warnings and errors, and no job lines.</summary>
    public bool Quiet { get; init; }

    /// <summary>
    /// How often <c>-v</c> was given. Once shows Debug, twice or more Trace; any at all adds time, level and category to each
    /// line. Loses against <see cref="Quiet"/>.
    /// </summary>
    public int Verbose { get; init; }

    /// <summary>Where every line goes too, with time and category; appended to. Null for nowhere.</summary>
    public string? File { get; init; }

    /// <summary>Console and file get one JSON object a line instead of text.</summary>
    public bool Json { get; init; }

    /// <summary>What is shown of single jobs.</summary>
    public JobLog JobLog { get; init; } = JobLog.Brief;

    /// <summary>
    /// Plain lines go to standard error, so that standard output is the command's alone. Warnings and errors always do.
    /// </summary>
    public bool ToStandardError { get; init; }

    /// <summary>The least severe level that passes; job lines follow <see cref="EffectiveJobLog"/> instead.</summary>
    internal LogLevel MinimumLevel => (Quiet, Verbose) switch
    {
        (true, _) => LogLevel.Warning,
        (_, <= 0) => Level,
        (_, 1) => (LogLevel)Math.Min((int)Level, (int)LogLevel.Debug),
        _ => LogLevel.Trace,
    };

    internal JobLog EffectiveJobLog => Quiet ? JobLog.Off : JobLog;
}
