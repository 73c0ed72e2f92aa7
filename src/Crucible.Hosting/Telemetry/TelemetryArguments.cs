using System.CommandLine;

namespace Crucible.Hosting;

/// <summary>The tracing options that all programs have in common.</summary>
public sealed class TelemetryArguments
{
    private readonly Option<string> _endpoint = new("--trace-endpoint")
    {
        Description = "Send traces to a Jaeger agent (localhost:6831) or by OTLP (http://localhost:4317).",
        HelpName = "ENDPOINT",
    };

    private readonly Option<double> _ratio = new("--trace-ratio")
    {
        DefaultValueFactory = _ => 1,
        Description = "The share of requests that is traced, 0 to 1.",
        HelpName = "RATIO",
    };

    /// <summary>Reads the process's environment and settings file for what the command line leaves open.</summary>
    public TelemetryArguments()
    {
        _endpoint.Validators.Add(result =>
        {
            try
            {
                if (result.Tokens is [var token])
                {
                    TraceEndpoint.Parse(token.Value);
                }
            }
            catch (UsageException exception)
            {
                result.AddError(exception.Message);
            }
        });
        _endpoint.WithFallback("CRUCIBLE_TRACE_ENDPOINT", "trace:endpoint");
        _ratio.WithFallback("CRUCIBLE_TRACE_RATIO", "trace:ratio");
    }

    /// <summary>Makes the options known to a command and to all commands below it.</summary>
    public void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        foreach (var option in new Option[] { _endpoint, _ratio })
        {
            option.Recursive = true;
            command.Add(option);
        }
    }

    /// <summary>What the user chose.</summary>
    public TelemetryOptions Bind(ParseResult parse)
    {
        ArgumentNullException.ThrowIfNull(parse);
        return new TelemetryOptions { TraceEndpoint = parse.GetValue(_endpoint), TraceRatio = parse.GetValue(_ratio) };
    }
}
