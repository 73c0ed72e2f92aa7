using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary>How a region is served.</summary>
internal sealed record RunOptions
{
    /// <summary>The region's directory, as it was typed.</summary>
    public required string Data { get; init; }

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Only readers are served, and nothing is written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Where to serve the control endpoints; null: nowhere.</summary>
    public ControlAddress? Control { get; init; }

    /// <summary>Most bytes that a scrub reads a second.</summary>
    public long ScrubBytesPerSecond { get; init; }

    /// <summary>From the end of one scrub to the next; zero: only when asked to.</summary>
    public TimeSpan ScrubInterval { get; init; }

    /// <summary>Whether and where traces go.</summary>
    public required TelemetryOptions Telemetry { get; init; }

    public required LoggingOptions Logging { get; init; }
}

/// <summary>Whether a region may change.</summary>
internal enum ServeMode
{
    /// <summary>Read and write.</summary>
    Rw,

    /// <summary>Read only.</summary>
    Ro,
}

/// <summary>The options that say how a region is served.</summary>
internal sealed class RunArguments
{
    private const long DefaultScrubRate = 16 << 20;

    private readonly ControlArguments _control = new();
    private readonly Option<string> _data;
    private readonly Option<int> _port;

    private readonly Option<IPAddress> _address = new("--address", "-a")
    {
        CustomParser = ParseAddress,
        DefaultValueFactory = _ => IPAddress.Any,
        Description = "The address to listen on.",
        HelpName = "ADDRESS",
    };

    private readonly Option<ServeMode> _mode = new("--mode")
    {
        DefaultValueFactory = _ => ServeMode.Rw,
        Description = "rw, or ro: readers only, and nothing is written.",
        HelpName = "rw|ro",
    };

    private readonly Option<long?> _scrubRate = new("--scrub-rate")
    {
        CustomParser = ParseSize,
        Description = "Most bytes that a scrub reads a second. [default: 16MiB]",
        HelpName = "BYTES",
    };

    private readonly Option<TimeSpan?> _scrubInterval = new("--scrub-interval")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "Scrub the region so long after the last scrub, such as 7d; left out: only when asked to (POST /scrub).",
        HelpName = "TIME",
    };

    /// <param name="required">Directory and port must be given; else <see cref="Bind"/> asks for them.</param>
    public RunArguments(bool required)
    {
        _data = CommonOptions.Data(required);
        _port = new Option<int>("--port", "-p")
        {
            CustomParser = ParsePort,
            Description = "The port to listen on; 0 takes a free one and prints it.",
            HelpName = "PORT",
            Required = required,
        };
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _data, _port, _address, _mode, _scrubRate, _scrubInterval })
        {
            command.Add(option);
        }

        _control.AddTo(command);
    }

    /// <exception cref="UsageException">Directory or port was not given.</exception>
    public RunOptions Bind(ParseResult parse, LoggingArguments logging, TelemetryArguments telemetry)
    {
        if (parse.GetResult(_data) is not { Implicit: false } || parse.GetResult(_port) is not { Implicit: false })
        {
            throw new UsageException("give a directory and a port: crucible-downstairs -c -p 3801 -d var/3801; --help shows the commands");
        }

        var scrubRate = parse.GetValue(_scrubRate) ?? DefaultScrubRate;
        var scrubInterval = parse.GetValue(_scrubInterval) ?? TimeSpan.Zero;
        if (scrubRate < 1 || scrubInterval < TimeSpan.Zero || scrubInterval.TotalMilliseconds > int.MaxValue)
        {
            throw new UsageException("--scrub-rate must be a byte a second or more, and --scrub-interval at most 24 days");
        }

        return new RunOptions
        {
            Data = parse.GetValue(_data)!,
            Listen = new IPEndPoint(parse.GetValue(_address)!, parse.GetValue(_port)),
            ReadOnly = parse.GetValue(_mode) == ServeMode.Ro,
            Control = _control.Bind(parse),
            ScrubBytesPerSecond = scrubRate,
            ScrubInterval = scrubInterval,
            Telemetry = telemetry.Bind(parse),
            Logging = logging.Bind(parse, toStandardError: false),
        };
    }

    private static int ParsePort(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            result.AddError($"--port must be from 0 to {ushort.MaxValue}, not '{text}'");
        }

        return port;
    }

    private static long? ParseSize(ArgumentResult result)
    {
        if (ByteSize.TryParse(result.Tokens[0].Value, out var size, out var error))
        {
            return size;
        }

        result.AddError($"--scrub-rate: {error}");
        return null;
    }

    private static IPAddress ParseAddress(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        result.AddError($"--address must be an IP address, not '{text}'");
        return IPAddress.None;
    }
}
