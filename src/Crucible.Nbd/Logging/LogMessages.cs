using Microsoft.Extensions.Logging;

namespace Crucible.Nbd;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Information, "NBD client {Id} at {Peer} uses export '{Export}' ({Replies} replies, TLS: {Tls})")]
    public static partial void InUse(this ILogger logger, long id, string peer, string export, NbdReplyMode replies, bool tls);

    [LoggerMessage(LogLevel.Information, "NBD client {Id} at {Peer} has ended")]
    public static partial void Left(this ILogger logger, long id, string peer);

    [LoggerMessage(LogLevel.Information, "NBD client {Id} at {Peer} has ended: {Reason}")]
    public static partial void LeftBecause(this ILogger logger, long id, string peer, string reason);

    [LoggerMessage(LogLevel.Warning, "NBD client at {Peer} refused: {Count} connections are the most")]
    public static partial void TooMany(this ILogger logger, string peer, int count);

    [LoggerMessage(LogLevel.Warning, "NBD client {Id} at {Peer} is dropped: replies have waited for {Limit}, and it has not taken a byte")]
    public static partial void Dropped(this ILogger logger, long id, string peer, TimeSpan limit);

    public static void Ended(this ILogger logger, long id, string peer, string reason)
    {
        if (reason.Length == 0)
        {
            logger.Left(id, peer);
        }
        else
        {
            logger.LeftBecause(id, peer, reason);
        }
    }
}
