using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Information, "{Line}")]
    public static partial void Tell(this ILogger logger, string line);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    public static partial void KeyWarning(this ILogger logger, string warning);

    [LoggerMessage(LogLevel.Debug, "The volume is open: the command begins")]
    public static partial void CommandBegins(this ILogger logger);
}
