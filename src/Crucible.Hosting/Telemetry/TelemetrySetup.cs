using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Crucible.Hosting;

/// <summary>
/// Listens to the activity sources of Crucible and sends what they tell to a tracing backend. Without an endpoint nothing
/// listens, so that <c>ActivitySource.StartActivity</c> returns null and a traced step costs one branch.
/// </summary>
public sealed class TelemetrySetup : IDisposable
{
    /// <summary>The end of a program waits no longer than this for its last spans.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long finished spans gather before they are sent: a person who looks right away should find them.</summary>
    private static readonly TimeSpan SendEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Spans beyond it are dropped rather than stored: about a second of full tracing.</summary>
    private const int QueuedSpans = 1 << 15;

    /// <summary>Spans handed to an exporter at once; well inside the 4 MiB that collectors take as one message.</summary>
    private const int SpansPerExport = 512;

    private readonly TracerProvider? _provider;
    private readonly OtlpWarnings? _warnings;
    private readonly DroppedSpans? _dropped;

    private TelemetrySetup(TracerProvider? provider, OtlpWarnings? warnings, DroppedSpans? dropped)
    {
        _provider = provider;
        _warnings = warnings;
        _dropped = dropped;
    }

    /// <summary>Begins to send traces, if the options say so.</summary>
    /// <param name="serviceName">The program's name, as it shall appear in the backend.</param>
    /// <param name="options">Where to.</param>
    /// <param name="loggers">For one warning if traces get lost.</param>
    /// <returns>Dispose it at the end: it sends what is left, within two seconds.</returns>
    /// <exception cref="UsageException">The endpoint or the ratio makes no sense.</exception>
    /// <remarks>Sending never disturbs the program: a backend that is away or slow costs spans, nothing else.</remarks>
    public static TelemetrySetup Create(string serviceName, TelemetryOptions options, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TraceRatio is not (>= 0 and <= 1))
        {
            throw new UsageException(
                string.Create(CultureInfo.InvariantCulture, $"the trace ratio must be from 0 to 1, not {options.TraceRatio}"));
        }

        if (string.IsNullOrEmpty(options.TraceEndpoint))
        {
            return new TelemetrySetup(null, null, null);
        }

        var endpoint = TraceEndpoint.Parse(options.TraceEndpoint);
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Crucible.Hosting.Telemetry");
        var builder = Sdk.CreateTracerProviderBuilder()
            .AddSource("Crucible.*", "crucible-*")
            .SetResourceBuilder(Describe(serviceName))
            .SetSampler(new ParentBasedSampler(
                options.TraceRatio < 1 ? new TraceIdRatioBasedSampler(options.TraceRatio) : new AlwaysOnSampler()));
        var dropped = new DroppedSpans(endpoint.Text, logger);
        switch (endpoint)
        {
            case JaegerAgentEndpoint agent:
                return new TelemetrySetup(builder.AddProcessor(ToJaeger(agent, logger)).Build(), null, dropped);
            case OtlpEndpoint collector:
                var warnings = new OtlpWarnings(collector.Text, logger);
                return new TelemetrySetup(builder.AddOtlpExporter(otlp => Configure(otlp, collector)).Build(), warnings, dropped);
            default:
                throw new InvalidOperationException($"no exporter for {endpoint}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _provider?.Shutdown((int)FlushLimit.TotalMilliseconds);
        _provider?.Dispose();
        _warnings?.Dispose();
        _dropped?.Dispose();
    }

    private static ResourceBuilder Describe(string serviceName)
    {
        var version = typeof(TelemetrySetup).Assembly.GetName().Version?.ToString(3);
        return ResourceBuilder.CreateDefault()
            .AddService(serviceName, serviceVersion: version, autoGenerateServiceInstanceId: false)
            .AddAttributes(
            [
                new("host.name", Environment.MachineName),
                new("process.pid", (long)Environment.ProcessId),
            ]);
    }

    private static BatchActivityExportProcessor ToJaeger(JaegerAgentEndpoint agent, ILogger logger) => new(
        new JaegerUdpExporter(agent, logger),
        QueuedSpans,
        (int)SendEvery.TotalMilliseconds,
        (int)FlushLimit.TotalMilliseconds,
        SpansPerExport);

    private static void Configure(OtlpExporterOptions otlp, OtlpEndpoint collector)
    {
        otlp.Endpoint = collector.Address;
        otlp.Protocol = collector.Protocol;
        otlp.TimeoutMilliseconds = (int)FlushLimit.TotalMilliseconds;
        otlp.BatchExportProcessorOptions.MaxQueueSize = QueuedSpans;
        otlp.BatchExportProcessorOptions.ScheduledDelayMilliseconds = (int)SendEvery.TotalMilliseconds;
        otlp.BatchExportProcessorOptions.ExporterTimeoutMilliseconds = (int)FlushLimit.TotalMilliseconds;
        otlp.BatchExportProcessorOptions.MaxExportBatchSize = SpansPerExport;
    }
}
