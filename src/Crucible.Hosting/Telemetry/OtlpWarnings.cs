using System.Diagnostics.Tracing;
using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>
/// Says once that a collector does not take our spans. The exporter of the package keeps its failures to itself, but for an
/// event source.
/// </summary>
internal sealed class OtlpWarnings(string endpoint, ILogger logger) : EventListener
{
    private int _warned;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "OpenTelemetry-Exporter-OpenTelemetryProtocol")
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (Interlocked.Exchange(ref _warned, 1) == 0)
        {
            logger.TracesLost(endpoint, Describe(eventData));
        }
    }

    private static string Describe(EventWrittenEventArgs eventData)
    {
        const string Thrown = "Exception: ";
        foreach (var text in (eventData.Payload ?? []).OfType<string>())
        {
            // A whole exception as text: what follows the type's name in its first line says what happened.
            var line = text.Split('\n')[0].Trim();
            var message = line.IndexOf(Thrown, StringComparison.Ordinal);
            if (message >= 0)
            {
                return line[(message + Thrown.Length)..];
            }
        }

        return eventData.EventName ?? "the exporter failed";
    }
}
