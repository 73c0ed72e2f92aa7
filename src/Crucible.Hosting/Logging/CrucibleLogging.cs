using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Formatting;
using Serilog.Formatting.Json;

namespace Crucible.Hosting;

/// <summary>Sets up logging for a program: Serilog behind <see cref="ILoggerFactory"/>.</summary>
public static class CrucibleLogging
{
    /// <summary>The category of the downstairs' lines about single jobs.</summary>
    public const string DownstairsJobs = "Crucible.Downstairs.Jobs";

    /// <summary>The category of the upstairs' lines about single jobs.</summary>
    public const string UpstairsJobs = "Crucible.Upstairs.Jobs";

    /// <summary>
    /// A log file begins anew in another file at this size, so that a daemon cannot fill its disk.
    /// </summary>
    private const long LongestFileBytes = 64L << 20;

    /// <summary>How many such files are kept.</summary>
    private const int FilesKept = 8;

    /// <summary>
    /// Categories whose Trace lines are shown or not by <see cref="LoggingOptions.JobLog"/>, whatever the level of the rest.
    /// </summary>
    public static IReadOnlyList<string> JobCategories { get; } = [DownstairsJobs, UpstairsJobs];

    /// <summary>A factory that writes to the console and, if asked, to a file. Disposing it flushes both.</summary>
    /// <exception cref="UsageException">The log file cannot be written.</exception>
    public static ILoggerFactory CreateLoggerFactory(LoggingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return CreateLoggerFactory(
            options, options.ToStandardError ? Console.Error : Console.Out, Console.Error, TimeProvider.System);
    }

    internal static ILoggerFactory CreateLoggerFactory(
        LoggingOptions options, TextWriter plain, TextWriter warnings, TimeProvider time)
    {
        var serilog = new LoggerConfiguration().MinimumLevel.Verbose();
        serilog.WriteTo.Sink(new WriterSink(Format(options, full: options.Verbose > 0), plain, warnings));
        if (options.File is { } file)
        {
            AddFile(serilog, file, Format(options, full: true));
        }

        // What is shown is decided here, ahead of Serilog: a level that is off costs no more than the question.
        var filter = new LoggerFilterOptions { MinLevel = options.MinimumLevel };
        foreach (var category in JobCategories)
        {
            filter.Rules.Add(new LoggerFilterRule(null, category, JobLevel(options), null));
        }

        // Only providers that are added later are disposed of with the factory.
        var factory = new LoggerFactory([], filter);
        factory.AddProvider(new CrucibleLoggerProvider(serilog.CreateLogger(), options.EffectiveJobLog, time));
        return factory;
    }

    private static LogLevel JobLevel(LoggingOptions options) => options.EffectiveJobLog == JobLog.Off
        ? (LogLevel)Math.Max((int)options.MinimumLevel, (int)LogLevel.Debug)
        : LogLevel.Trace;

    private static ITextFormatter Format(LoggingOptions options, bool full) =>
        options.Json ? new JsonFormatter(renderMessage: true) : new LineFormatter(full);

    private static void AddFile(LoggerConfiguration serilog, string file, ITextFormatter format)
    {
        try
        {
            // Serilog would carry on silently without the file.
            File.Open(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"log file '{file}' cannot be written: {OneLine.Of(exception.Message)}", exception);
        }

        serilog.WriteTo.File(
            format,
            file,
            fileSizeLimitBytes: LongestFileBytes,
            rollOnFileSizeLimit: true,
            retainedFileCountLimit: FilesKept);
    }
}
