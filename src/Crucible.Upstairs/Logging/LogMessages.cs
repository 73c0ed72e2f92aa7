using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs;

internal static partial class LogMessages
{
    [LoggerMessage(LogLevel.Information, "{Target}[{Replica}] connecting to {Target}")]
    public static partial void Connecting(this ILogger logger, Target target, ReplicaId replica);

    [LoggerMessage(LogLevel.Debug, "{Target}[{Replica}] connecting to {Target}: {Cause}")]
    public static partial void ConnectingAfter(this ILogger logger, Target target, ReplicaId replica, string cause);

    [LoggerMessage(LogLevel.Information, "{Target}[{Replica}] ok, connected to {Target}")]
    public static partial void Connected(this ILogger logger, Target target, ReplicaId replica);

    [LoggerMessage(LogLevel.Information, "{Target} Evaluate new downstairs : {Definition} versions: {Versions}")]
    public static partial void Evaluated(this ILogger logger, Target target, RegionDefinition definition, string versions);

    [LoggerMessage(LogLevel.Information, "#### {Target} #### CONNECTED ######## {ActiveCount}/3")]
    public static partial void Active(this ILogger logger, Target target, int activeCount);

    [LoggerMessage(LogLevel.Information, "{Target}[{Replica}] {Cause}")]
    public static partial void Reconciling(this ILogger logger, Target target, ReplicaId replica, string cause);

    [LoggerMessage(LogLevel.Debug, "{Target}[{Replica}] not there: {Cause}")]
    public static partial void NotThere(this ILogger logger, Target target, ReplicaId replica, string cause);

    [LoggerMessage(LogLevel.Warning, "{Target}[{Replica}] {From} -> {To}: {Cause}")]
    public static partial void Lost(
        this ILogger logger, Target target, ReplicaId replica, ReplicaState from, ReplicaState to, string cause);

    [LoggerMessage(LogLevel.Information, "The volume is active")]
    public static partial void VolumeActive(this ILogger logger);

    [LoggerMessage(LogLevel.Debug, "The volume could not be opened: {Cause}")]
    public static partial void VolumeNotOpened(this ILogger logger, string cause);

    [LoggerMessage(LogLevel.Information, "The volume is {State}: {Cause}")]
    public static partial void VolumeEnded(this ILogger logger, VolumeState state, string cause);

    [LoggerMessage(LogLevel.Warning, "{Target}[{Replica}] {BlockCount} blocks at {Start} do not match their contexts; reading elsewhere")]
    public static partial void BadRead(this ILogger logger, Target target, ReplicaId replica, uint blockCount, BlockIndex start);

    [LoggerMessage(LogLevel.Warning, "{Target}[{Replica}] reports {Code}: {Text}")]
    public static partial void ErrorReported(this ILogger logger, Target target, ReplicaId replica, ErrorCode code, string text);

    [LoggerMessage(LogLevel.Debug, "{Target}[{Replica}] says goodbye: {Text}")]
    public static partial void Goodbye(this ILogger logger, Target target, ReplicaId replica, string text);

    [LoggerMessage(LogLevel.Warning, "The flush at closing failed: {Reason}")]
    public static partial void FlushAtCloseFailed(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Trace, "{Request} gw_id:{RequestId} ds_ids:{Jobs}")]
    public static partial void RequestIssued(this ILogger logger, string request, GuestRequestId requestId, string jobs);

    [LoggerMessage(LogLevel.Trace, "{Kind} ds_id:{Job} eid:{Extent} bo:{Offset} blocks:{BlockCount} dep:{Dependencies}")]
    public static partial void WriteIssued(
        this ILogger logger, RequestKind kind, JobId job, ExtentId extent, uint offset, uint blockCount, string dependencies);

    [LoggerMessage(LogLevel.Trace, "Read  ds_id:{Job} eid:{Extent} bo:{Offset} blocks:{BlockCount} dep:{Dependencies}")]
    public static partial void ReadIssued(
        this ILogger logger, JobId job, ExtentId extent, uint offset, uint blockCount, string dependencies);

    [LoggerMessage(LogLevel.Trace, "Flush ds_id:{Job} dep:{Dependencies} flush_number:{Flush}")]
    public static partial void FlushIssued(this ILogger logger, JobId job, string dependencies, FlushNumber flush);

    [LoggerMessage(LogLevel.Trace, "RETIRE:  ds_id {Job} from gw_id:{RequestId}")]
    public static partial void JobRetired(this ILogger logger, JobId job, GuestRequestId requestId);
}
