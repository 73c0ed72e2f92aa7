using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs.Program;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Information, "{Line}")]
    public static partial void RawOptions(this ILogger logger, string line);

    [LoggerMessage(LogLevel.Information, "Create new extent directory")]
    public static partial void Creating(this ILogger logger);

    [LoggerMessage(LogLevel.Information, "created new region file \"{Path}\"")]
    public static partial void Created(this ILogger logger, string path);

    [LoggerMessage(LogLevel.Information, "imported {Bytes} bytes from \"{File}\"")]
    public static partial void Imported(this ILogger logger, ulong bytes, string file);

    [LoggerMessage(LogLevel.Information, "Current flush_numbers: {Versions}")]
    public static partial void FlushNumbers(this ILogger logger, string versions);

    [LoggerMessage(LogLevel.Information, "Startup Extent values: {Versions}")]
    public static partial void ExtentValues(this ILogger logger, string versions);
}
