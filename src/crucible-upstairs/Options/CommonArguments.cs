using System.CommandLine;
using System.CommandLine.Parsing;
using Crucible.Hosting;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The options that all commands have in common.</summary>
internal sealed class CommonArguments
{
    // Said in the descriptions: a default that the parser knows is shown in the runtime's own notation beside them.
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultFlushTimeout = TimeSpan.FromMilliseconds(500);

    private readonly LoggingArguments _logging = new();
    private readonly TelemetryArguments _telemetry = new();
    private readonly ControlArguments _control = new();

    private readonly Option<TargetAddress[]> _targets = new("--target", "-t")
    {
        Arity = ArgumentArity.OneOrMore,
        CustomParser = TargetAddress.FromArgument,
        Description = "A downstairs; give three, or one list with commas.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<ulong> _generation = new("--gen")
    {
        Description = "The generation to take; left out, the next one after the highest the downstairs know.",
        HelpName = "N",
    };

    private readonly Option<AckMode?> _ack = new("--ack")
    {
        CustomParser = argument => Choice.FromArgument<AckMode>(argument),
        Description = "When a write counts: fast (taken over; every command flushes before it ends) or quorum (two downstairs hold it). [default: fast; nbd: quorum]",
        HelpName = "fast|quorum",
    };

    private readonly Option<bool> _readOnly = new("--read-only")
    {
        Description = "Only read; an upstairs that writes goes on undisturbed.",
    };

    private readonly Option<string> _keyFile = new("--key-file")
    {
        Description = "The key of an encrypted volume: 32 bytes, raw, hex or base64 (or in CRUCIBLE_ENCRYPTION_KEY).",
        HelpName = "FILE",
    };

    private readonly Option<TimeSpan?> _wait = new("--wait")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "How long to wait for two of the three downstairs. [default: 10s]",
        HelpName = "TIME",
    };

    private readonly Option<TimeSpan?> _flushTimeout = new("--flush-timeout")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "Flush by itself after so long without a write. [default: 500ms]",
        HelpName = "TIME",
    };

    private readonly Option<TimeSpan?> _requestTimeout = new("--request-timeout")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "With fewer than two downstairs, requests wait so long before they fail. [default: 30s]",
        HelpName = "TIME",
    };

    private readonly Option<TimeSpan?> _hungAfter = new("--hung-after")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "A downstairs that owes an answer and does not say that it is there for so long is left behind. [default: 1s]",
        HelpName = "TIME",
    };

    private readonly Option<TimeSpan?> _awayLimit = new("--away-limit")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "A downstairs that is away longer is compared and repaired once it is back. [default: 60s]",
        HelpName = "TIME",
    };

    /// <summary>Reads the process's environment and settings file for what the command line leaves open.</summary>
    public CommonArguments()
    {
        _targets.WithFallback("CRUCIBLE_TARGETS", "targets");
        _generation.WithFallback("CRUCIBLE_GENERATION", "generation");
        _ack.WithFallback("CRUCIBLE_ACK", "ack");
        _readOnly.WithFallback("CRUCIBLE_READ_ONLY", "readOnly");
        _keyFile.WithFallback("CRUCIBLE_KEY_FILE", "keyFile");
        _wait.WithFallback("CRUCIBLE_WAIT", "wait");
        _flushTimeout.WithFallback("CRUCIBLE_FLUSH_TIMEOUT", "flushTimeout");
        _requestTimeout.WithFallback("CRUCIBLE_REQUEST_TIMEOUT", "requestTimeout");
        _hungAfter.WithFallback("CRUCIBLE_HUNG_AFTER", "hungAfter");
        _awayLimit.WithFallback("CRUCIBLE_AWAY_LIMIT", "awayLimit");
    }

    /// <summary>For the commands that report: the same name everywhere.</summary>
    public Option<bool> Json { get; } = new("--json") { Description = "Report as one JSON document on standard output." };

    /// <summary>Makes the options known to the root and to all commands below it.</summary>
    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { _targets, _ack, _generation, _readOnly, _keyFile, _wait, _flushTimeout, _requestTimeout, _hungAfter, _awayLimit })
        {
            option.Recursive = true;
            root.Add(option);
        }

        _logging.AddTo(root);
        _telemetry.AddTo(root);
    }

    /// <summary>Lets a command that may run for long be looked into meanwhile.</summary>
    public void AddControlTo(Command command) => _control.AddTo(command);

    /// <summary>What the user chose.</summary>
    /// <param name="parse">The parsed command line.</param>
    /// <param name="showsWork">The guide's run shows replicas and jobs without being asked.</param>
    /// <param name="needsTargets">The targets can only come from here.</param>
    /// <exception cref="UsageException">No target was given, or an option makes no sense.</exception>
    public SessionOptions Bind(ParseResult parse, bool showsWork = false, bool needsTargets = true)
    {
        var targets = parse.GetValue(_targets) ?? [];
        if (targets.Length == 0 && needsTargets)
        {
            throw new UsageException("give the three targets: -t HOST:PORT -t HOST:PORT -t HOST:PORT, or CRUCIBLE_TARGETS; --help shows the commands");
        }

        var wait = parse.GetValue(_wait) ?? DefaultWait;
        var flushTimeout = parse.GetValue(_flushTimeout) ?? DefaultFlushTimeout;
        var requestTimeout = parse.GetValue(_requestTimeout);
        var hungAfter = parse.GetValue(_hungAfter) ?? SessionOptions.DefaultHungAfter;
        var awayLimit = parse.GetValue(_awayLimit) ?? SessionOptions.DefaultAwayLimit;
        if (wait <= TimeSpan.Zero || flushTimeout <= TimeSpan.Zero)
        {
            throw new UsageException("--wait and --flush-timeout must be longer than 0");
        }

        if (requestTimeout <= TimeSpan.Zero || hungAfter <= TimeSpan.Zero || awayLimit < TimeSpan.Zero)
        {
            throw new UsageException("--request-timeout and --hung-after must be longer than 0, and --away-limit not negative");
        }

        var json = parse.GetValue(Json);
        var logging = _logging.Bind(parse, toStandardError: json || !showsWork);
        return new SessionOptions
        {
            Targets = targets,
            Ack = parse.GetValue(_ack) ?? AckMode.Fast,
            ChosenAck = parse.GetValue(_ack),
            RequestTimeout = requestTimeout ?? SessionOptions.DefaultRequestTimeout,
            ChosenRequestTimeout = requestTimeout,
            HungAfter = hungAfter,
            AwayLimit = awayLimit,
            Generation = parse.GetValue(_generation),
            ReadOnly = parse.GetValue(_readOnly),
            KeyFile = parse.GetValue(_keyFile),
            Wait = wait,
            FlushTimeout = flushTimeout,
            Json = json,
            Control = _control.Bind(parse),
            Logging = showsWork ? logging : Calm(logging, parse),
            Telemetry = _telemetry.Bind(parse),
        };
    }

    /// <summary>The same for a command that writes.</summary>
    /// <exception cref="UsageException">It was told to only read.</exception>
    public SessionOptions BindForWriting(ParseResult parse)
    {
        var options = Bind(parse);
        return options.ReadOnly
            ? throw new UsageException($"{parse.CommandResult.Command.Name} writes to the volume: leave out --read-only")
            : options;
    }

    // A command that moves data shows its result; its way there only with -v, its jobs only when asked for.
    private static LoggingOptions Calm(LoggingOptions logging, ParseResult parse)
    {
        var jobsAskedFor = logging.JobLog != JobLog.Brief || parse.GetResult("--job-log") is OptionResult { Implicit: false };
        return logging with { Level = LogLevel.Warning, JobLog = jobsAskedFor ? logging.JobLog : JobLog.Off };
    }
}
