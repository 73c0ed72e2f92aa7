using System.CommandLine;

namespace Crucible.Hosting;

/// <summary>The logging options that all programs have in common.</summary>
public sealed class LoggingArguments
{
    private readonly Option<bool> _verbose = new("--verbose", "-v")
    {
        Arity = ArgumentArity.Zero,
        Description = "Show more, with time and category; -v -v shows everything.",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Arity = ArgumentArity.Zero,
        Description = "Show only warnings and errors.",
    };

    private readonly Option<string> _file = new("--log-file")
    {
        Description = "Append every line to FILE too (a new file each 64 MiB, 8 are kept).",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--log-json")
    {
        Description = "Write log lines as JSON objects.",
    };

    private readonly Option<JobLog> _jobLog = new("--job-log")
    {
        Description = "Show each job (all), the first 50 a second (brief, the default), or none (off).",
        HelpName = "all|brief|off",
    };

    /// <summary>Reads the process's environment and settings file for what the command line leaves open.</summary>
    public LoggingArguments()
    {
        _file.WithFallback("CRUCIBLE_LOG_FILE", "log:file");
        _json.WithFallback("CRUCIBLE_LOG_JSON", "log:json");
        _jobLog.WithFallback("CRUCIBLE_JOB_LOG", "log:jobs");
    }

    /// <summary>Makes the options known to a command and to all commands below it.</summary>
    public void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        foreach (var option in new Option[] { _verbose, _quiet, _file, _json, _jobLog })
        {
            option.Recursive = true;
            command.Add(option);
        }
    }

    /// <summary>What the user chose.</summary>
    /// <param name="parse">The parsed command line.</param>
    /// <param name="toStandardError">See <see cref="LoggingOptions.ToStandardError"/>: true where stdout carries data.</param>
    public LoggingOptions Bind(ParseResult parse, bool toStandardError)
    {
        ArgumentNullException.ThrowIfNull(parse);
        return new LoggingOptions
        {
            File = parse.GetValue(_file),
            JobLog = parse.GetValue(_jobLog),
            Json = parse.GetValue(_json),
            Quiet = parse.GetValue(_quiet),
            ToStandardError = toStandardError,
            Verbose = parse.GetResult(_verbose)?.IdentifierTokenCount ?? 0,
        };
    }
}
