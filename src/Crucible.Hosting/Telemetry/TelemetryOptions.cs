namespace Crucible.Hosting;

/// <summary>Whether and where a program sends traces.</summary>
public sealed record TelemetryOptions
{
    /// <summary>
    /// <c>host:port</c> of a Jaeger agent (UDP), or an <c>http</c> or <c>https</c> address that takes OTLP. Null traces nothing.
    /// </summary>
    public string? TraceEndpoint { get; init; }

    /// <summary>
    /// The share of traces that is kept, 0 to 1; decided once a trace, by whoever starts it.
    /// </summary>
    public double TraceRatio { get; init; } = 1;
}
