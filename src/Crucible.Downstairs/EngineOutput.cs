using Crucible.Protocol;
using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs;

/// <summary>
/// Does at once what is quick of what the core asks for, and leaves the rest with the connection (<see cref="Deferred"/>).
/// Called under the engine's lock.
/// </summary>
internal sealed class EngineOutput(Region region, AppendStage stage, Syncer syncer, JobLines lines, ILogger logger) : IDownstairsOutput
{
    private readonly List<Connection> _touched = [];

    /// <summary>What connections asked for.</summary>
    public JobCounts Counts { get; } = new();

    public RegionFacts Facts
    {
        get
        {
            var state = region.State;
            return new RegionFacts(
                state.Volume,
                state.PromisedGeneration,
                state.PromisedSession,
                state.InSyncGeneration,
                state.Repairing,
                state.Position.Generation,
                state.Position.Job,
                state.FlushGeneration,
                state.FlushNumber,
                IsBlank(state),
                region.Faulted,
                region.IsFull);
        }
    }

    public Crucible.ExtentVersion VersionOf(ExtentId extent)
    {
        var version = region.VersionOf(extent);
        return new Crucible.ExtentVersion(version.Generation, version.FlushNumber, version.Dirty, version.Faulted);
    }

    /// <summary>Moves the connections that have something to send to <paramref name="touched"/>.</summary>
    public void TakeTouched(List<Connection> touched)
    {
        foreach (var connection in _touched)
        {
            connection.IsTouched = false;
            touched.Add(connection);
        }

        _touched.Clear();
    }

    public void Send<T>(Peer to, in T header)
        where T : struct, IWireHeader<T>
    {
        var connection = Of(to);
        connection.Frames.Enqueue(header);
        Touch(connection);
    }

    public void SendAck(Peer to, in JobAckHeader header)
    {
        var connection = Of(to);
        connection.Frames.Enqueue(header);
        connection.Traces?.OnAnswered(header.Job, header.Result);
        Touch(connection);
    }

    public ErrorCode AppendWrite(Peer from, in WriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        lines.Write(header);
        Counts.Count(JobOperation.Write, header.BlockCount);
        Traces(from, header.Trace)?.StartAppend("downstairs.write", header.Trace, header.Job);
        return stage.Write(header, blocks);
    }

    public ErrorCode AppendZeroes(Peer from, in WriteZeroesHeader header)
    {
        lines.Zeroes(header);
        Counts.Count(JobOperation.WriteZeroes, header.BlockCount);
        Traces(from, header.Trace)?.StartAppend("downstairs.write_zeroes", header.Trace, header.Job);
        return stage.Zeroes(header);
    }

    public ErrorCode AppendDiscard(Peer from, in DiscardHeader header)
    {
        lines.Discard(header);
        Counts.Count(JobOperation.Discard, header.BlockCount);
        Traces(from, header.Trace)?.StartAppend("downstairs.discard", header.Trace, header.Job);
        return stage.Discard(header);
    }

    public ErrorCode AppendFlush(Peer from, in FlushHeader header)
    {
        lines.Flush(header);
        Counts.Count(JobOperation.Flush, 0);
        Traces(from, header.Trace)?.StartAppend("downstairs.flush", header.Trace, header.Job, syncs: true);
        return stage.Flush(header);
    }

    public ErrorCode AppendRepair(Peer from, in RepairWriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        lines.Repair(header);
        Counts.Count(JobOperation.RepairWrite, header.BlockCount);
        return stage.Repair(header, blocks);
    }

    public ErrorCode AppendExtentVersion(Peer from, in SetExtentVersionHeader header) => stage.Version(header);

    public void Promote(Peer from, in PromoteToActiveHeader header)
    {
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.Promote;
        deferred.Promotion = header;
    }

    public void Note(Peer from, in RegionNoteRequest request)
    {
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.Note;
        deferred.Note = request;
    }

    public void RequestSync() => syncer.Request();

    public void Read(Peer from, in ReadHeader header)
    {
        lines.Read(header);
        Counts.Count(JobOperation.Read, header.BlockCount);
        Traces(from, header.Trace)?.StartRead(header.Trace, header.Job);
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.Read;
        deferred.Read = header;
    }

    public void ReadStates(Peer from, in ReadStatesHeader header)
    {
        Counts.Count(JobOperation.ReadStates, header.BlockCount);
        Traces(from, header.Trace)?.StartRead(header.Trace, header.Job);
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.ReadStates;
        deferred.ReadStates = header;
    }

    public void ReadContexts(Peer from, in ReadContextsHeader header)
    {
        Counts.Count(JobOperation.ReadContexts, header.BlockCount);
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.ReadContexts;
        deferred.ReadContexts = header;
    }

    public void Skipped(Peer from, JobId job, ErrorCode result) => lines.Skipped(job, result);

    public void Close(Peer peer, string reason)
    {
        var connection = Of(peer);
        connection.End(reason);
        Touch(connection);
    }

    public void Log(DownstairsEvent what, Peer? peer, string text)
    {
        switch (what)
        {
            case DownstairsEvent.Greeted:
                logger.Greeted(peer?.Id, text);
                break;
            case DownstairsEvent.Active:
                logger.Active(peer?.Id, text);
                logger.FlushNumbers(ExtentVersionsLine.Of(region));
                break;
            case DownstairsEvent.Superseded:
                logger.Superseded(peer?.Id, text);
                break;
            case DownstairsEvent.Goodbye:
                logger.Goodbye(peer?.Id, text);
                break;
            case DownstairsEvent.Refused:
                Counts.Refused++;
                logger.Refused(peer?.Id, text);
                break;
            case DownstairsEvent.Violation:
                Counts.Violations++;
                logger.Violation(peer?.Id, text);
                break;
            default:
                logger.Faulted(text);
                break;
        }
    }

    // An image that was imported bears flush 1 without a job, and a repair brings blocks without moving the position.
    private static bool IsBlank(in RegionState state) =>
        state.Position == default
        && state.FlushNumber == default
        && state.InSyncGeneration == Generation.None
        && !state.Repairing;

    private static Connection Of(Peer peer) => (Connection)peer.Tag!;

    private static JobTraces? Traces(Peer peer, in TraceContext trace) =>
        trace.IsNone || !JobTraces.IsOn ? null : Of(peer).Traces ??= new JobTraces();

    private void Touch(Connection connection)
    {
        if (!connection.IsTouched)
        {
            connection.IsTouched = true;
            _touched.Add(connection);
        }
    }
}
