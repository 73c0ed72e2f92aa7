using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Error, "The region is faulted and takes no further job until it is opened anew; what was durable before is still read: {Reason}")]
    public static partial void RegionFaulted(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Extent {Extent} is damaged ({What}): its blocks are refused until they are repaired")]
    public static partial void ExtentCorrupt(this ILogger logger, uint extent, string what);

    [LoggerMessage(LogLevel.Warning, "The version table is damaged at page {Page}: extents {First} to {Last} are to be compared")]
    public static partial void VersionPageCorrupt(this ILogger logger, uint page, uint first, uint last);

    [LoggerMessage(LogLevel.Warning, "The version table misses {Count} extents: all that it does not name are to be compared")]
    public static partial void VersionsMissing(this ILogger logger, ulong count);

    [LoggerMessage(LogLevel.Warning, "Checkpoint slot {Slot} of the journal is damaged; the other one leads to everything")]
    public static partial void CheckpointSlotCorrupt(this ILogger logger, int slot);

    [LoggerMessage(
        LogLevel.Error,
        "{Path} is damaged at byte {Offset}: records behind it were durable and are cut off; the region is under repair from now on, as a witness of {Position}")]
    public static partial void JournalCutShort(this ILogger logger, string path, long offset, ReplicaPosition position);

    [LoggerMessage(LogLevel.Information, "Replayed {Records} journal records, {Bytes} bytes; the position is {Position}")]
    public static partial void Replayed(this ILogger logger, long records, ulong bytes, ReplicaPosition position);

    [LoggerMessage(LogLevel.Warning, "The journal cannot be applied: {Reason}")]
    public static partial void ApplyFailed(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "The journal is applied again")]
    public static partial void ApplyResumed(this ILogger logger);

    [LoggerMessage(LogLevel.Warning, "A read failed: {Reason}")]
    public static partial void ReadFailed(this ILogger logger, string reason);
}
