using System.Net;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Information, "listening on {EndPoint}")]
    public static partial void Listening(this ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(LogLevel.Information, "connection {Connection} from {EndPoint}  connections count:{Count}")]
    public static partial void Connected(this ILogger logger, ConnectionId connection, IPEndPoint endPoint, int count);

    [LoggerMessage(LogLevel.Information, "{Connection}: {Greeting}")]
    public static partial void Greeted(this ILogger logger, ConnectionId? connection, string greeting);

    [LoggerMessage(LogLevel.Information, "{Connection}: active with {What}")]
    public static partial void Active(this ILogger logger, ConnectionId? connection, string what);

    [LoggerMessage(LogLevel.Information, "Current flush_numbers: {Versions}")]
    public static partial void FlushNumbers(this ILogger logger, string versions);

    [LoggerMessage(LogLevel.Information, "{Connection}: no longer active: {Why}")]
    public static partial void Superseded(this ILogger logger, ConnectionId? connection, string why);

    [LoggerMessage(LogLevel.Information, "{Connection}: goodbye: {Text}")]
    public static partial void Goodbye(this ILogger logger, ConnectionId? connection, string text);

    [LoggerMessage(LogLevel.Information, "OK: connection({Connection}): {Reason}")]
    public static partial void Ended(this ILogger logger, ConnectionId connection, string reason);

    [LoggerMessage(LogLevel.Warning, "{Connection}: refused: {Why}")]
    public static partial void Refused(this ILogger logger, ConnectionId? connection, string why);

    [LoggerMessage(LogLevel.Warning, "{Connection}: broke the protocol: {How}")]
    public static partial void Violation(this ILogger logger, ConnectionId? connection, string how);

    [LoggerMessage(LogLevel.Error, "{Text}")]
    public static partial void Faulted(this ILogger logger, string text);

    [LoggerMessage(LogLevel.Information, "stopping: {Connections} connections")]
    public static partial void Stopping(this ILogger logger, int connections);

    [LoggerMessage(LogLevel.Information, "stopped; everything is durable")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(LogLevel.Warning, "stopped while the disk was still busy; what was flushed is durable")]
    public static partial void StoppedUnclosed(this ILogger logger);

    [LoggerMessage(LogLevel.Error, "stopped, but closing the region failed: {Result}")]
    public static partial void CloseFailed(this ILogger logger, ErrorCode result);

    [LoggerMessage(LogLevel.Critical, "a bug of ours; the process stops: {What}")]
    public static partial void Bug(this ILogger logger, Exception exception, string what);

    [LoggerMessage(LogLevel.Information, "scrub begins, at {BytesPerSecond} bytes a second at most")]
    public static partial void ScrubBegins(this ILogger logger, long bytesPerSecond);

    [LoggerMessage(LogLevel.Warning, "scrub: {BlockCount} blocks from block {Start} on, in extent {Extent}, are damaged: {Error}")]
    public static partial void ScrubFound(this ILogger logger, uint blockCount, BlockIndex start, ExtentId extent, ErrorCode error);

    [LoggerMessage(LogLevel.Information, "scrub {How}: {CheckedBytes} bytes looked at, {BadBlocks} damaged blocks")]
    public static partial void ScrubEnds(this ILogger logger, string how, long checkedBytes, long badBlocks);
}
