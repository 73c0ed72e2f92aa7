using System.Diagnostics.Tracing;
using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>
/// Says at the end, once, how many spans had no room in the queue to the exporter: more came than could be sent. The package
/// counts them and keeps that to itself, but for an event source.
/// </summary>
internal sealed class DroppedSpans(string endpoint, ILogger logger) : EventListener
{
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "OpenTelemetry-Sdk")
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData is { EventName: "ExistsDroppedExportProcessorItems", Payload: [_, _, long count] })
        {
            logger.SpansDropped(count, endpoint);
        }
    }
}
