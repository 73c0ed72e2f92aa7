using Crucible.Downstairs;
using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>Does at once what is quick of what the core asks for, and leaves the rest with the connection, as the daemon does.</summary>
internal sealed class DownstairsOutput(DownstairsNode node, Region region, AppendStage stage) : IDownstairsOutput
{
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

    public void Send<T>(Peer to, in T header)
        where T : struct, IWireHeader<T>
    {
        if (header is YouAreNowActiveHeader active)
        {
            node.World.Checks.Fencing.OnPromised(node.Address, active.Generation, to.Session);
        }

        node.Answer(Of(to), node.World.Writer.Encode(header));
    }

    public void SendAck(Peer to, in JobAckHeader header) => node.Answer(Of(to), node.World.Writer.Encode(header));

    public ErrorCode AppendWrite(Peer from, in WriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        OnAppend(from, header.Generation, header.Job);
        return stage.Write(header, blocks);
    }

    public ErrorCode AppendZeroes(Peer from, in WriteZeroesHeader header)
    {
        OnAppend(from, header.Generation, header.Job);
        return stage.Zeroes(header);
    }

    public ErrorCode AppendDiscard(Peer from, in DiscardHeader header)
    {
        OnAppend(from, header.Generation, header.Job);
        return stage.Discard(header);
    }

    public ErrorCode AppendFlush(Peer from, in FlushHeader header)
    {
        OnAppend(from, header.Generation, header.Job);
        return stage.Flush(header);
    }

    public ErrorCode AppendRepair(Peer from, in RepairWriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        OnAppend(from, header.Generation, header.Job);
        node.World.Coverage.Count(Outcome.BlocksRepaired, (int)header.BlockCount);
        return stage.Repair(header, blocks);
    }

    public ErrorCode AppendExtentVersion(Peer from, in SetExtentVersionHeader header)
    {
        OnAppend(from, header.Generation, header.Job);
        return stage.Version(header);
    }

    public void Promote(Peer from, in PromoteToActiveHeader header)
    {
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.Promote;
        deferred.Promotion = header;
    }

    public void Note(Peer from, in RegionNoteRequest request)
    {
        OnAppend(from, request.Generation, request.Job);
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.Note;
        deferred.Note = request;
    }

    public void RequestSync() => node.RequestSync();

    public void Read(Peer from, in ReadHeader header)
    {
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.Read;
        deferred.Read = header;
    }

    public void ReadStates(Peer from, in ReadStatesHeader header)
    {
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.ReadStates;
        deferred.ReadStates = header;
    }

    public void ReadContexts(Peer from, in ReadContextsHeader header)
    {
        ref var deferred = ref Of(from).Deferred;
        deferred.Kind = DeferredKind.ReadContexts;
        deferred.ReadContexts = header;
    }

    public void Skipped(Peer from, JobId job, ErrorCode result)
    {
        if (result == ErrorCode.None)
        {
            node.World.Coverage.Count(Outcome.JobsSkippedAsReplayed);
        }
    }

    public void Close(Peer peer, string reason)
    {
        Of(peer).End(reason);
        node.Touch(Of(peer));
    }

    public void Log(DownstairsEvent what, Peer? peer, string text)
    {
        switch (what)
        {
            case DownstairsEvent.Refused:
                node.World.Coverage.Count(Outcome.GreetingsRefused);
                break;
            case DownstairsEvent.Violation:
                node.World.Coverage.Count(Outcome.ViolationsSeenByDownstairs);
                break;
            case DownstairsEvent.Faulted:
                node.World.Coverage.Count(Outcome.RegionsFaulted);
                break;
            case DownstairsEvent.Superseded:
                node.World.Coverage.Count(Outcome.ConnectionsSuperseded);
                break;
        }

        if (node.World.Story.IsOn)
        {
            node.World.Story.Tell(node.Name, peer is null ? $"{what}: {text}" : $"{what} (connection {peer.Id}): {text}");
        }
    }

    private void OnAppend(Peer from, Generation generation, JobId job) =>
        node.World.Checks.Fencing.OnAppend(node.Address, generation, from.Session, job);

    private static bool IsBlank(in RegionState state) =>
        state.Position == default
        && state.FlushNumber == default
        && state.InSyncGeneration == Generation.None
        && !state.Repairing;

    private static DownstairsPeer Of(Peer peer) => (DownstairsPeer)peer.Tag!;
}
