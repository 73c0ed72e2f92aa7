using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Information, "{Line}")]
    public static partial void Tell(this ILogger logger, string line);

    [LoggerMessage(LogLevel.Warning, "scrub: {BlockCount} blocks are damaged that no replica can tell")]
    public static partial void ScrubFoundLost(this ILogger logger, ulong blockCount);

    [LoggerMessage(LogLevel.Warning, "scrub: {Reason}")]
    public static partial void ScrubFailed(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    public static partial void KeyWarning(this ILogger logger, string warning);

    [LoggerMessage(LogLevel.Debug, "The volume is open: the command begins")]
    public static partial void CommandBegins(this ILogger logger);
}
