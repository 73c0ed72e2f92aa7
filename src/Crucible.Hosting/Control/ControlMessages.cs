using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>What control servers say of themselves.</summary>
public static partial class ControlMessages
{
    /// <summary>Where it is reached, once.</summary>
    [LoggerMessage(LogLevel.Information, "control: {Address}")]
    public static partial void ControlListening(this ILogger logger, string address);

    [LoggerMessage(LogLevel.Error, "control: {Path} failed unexpectedly")]
    internal static partial void ControlBug(this ILogger logger, Exception exception, string path);
}
