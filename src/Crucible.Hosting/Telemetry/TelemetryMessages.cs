using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

internal static partial class TelemetryMessages
{
    [LoggerMessage(LogLevel.Warning, "traces to {Endpoint} are being lost: {Reason}")]
    public static partial void TracesLost(this ILogger logger, string endpoint, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} spans to {Endpoint} were dropped: more came than could be sent; --trace-ratio sends fewer")]
    public static partial void SpansDropped(this ILogger logger, long count, string endpoint);

    [LoggerMessage(LogLevel.Warning, "a span of {SpanBytes} bytes does not fit into a packet to {Endpoint} and was dropped")]
    public static partial void SpanTooLarge(this ILogger logger, int spanBytes, string endpoint);
}
