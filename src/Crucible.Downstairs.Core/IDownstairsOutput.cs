using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>
/// What the core wants done. Nothing here calls back into the core: what becomes of it is told by the core's
/// <c>On…</c> methods later. Headers and blocks are borrowed until the call returns, unless it says otherwise.
/// </summary>
public interface IDownstairsOutput
{
    /// <summary>What the region knows of itself, all committed appends included.</summary>
    RegionFacts Facts { get; }

    /// <summary>How far an extent is.</summary>
    ExtentVersion VersionOf(ExtentId extent);

    /// <summary>Sends a message without a payload.</summary>
    void Send<T>(Peer to, in T header)
        where T : struct, IWireHeader<T>;

    /// <summary>Sends an acknowledgement; apart from <see cref="Send"/> because it comes once a job.</summary>
    void SendAck(Peer to, in JobAckHeader header);

    /// <summary>
    /// Adds a write to the append batch. Blocks and contexts are borrowed until <see cref="DownstairsCore.OnCommitted"/>.
    /// </summary>
    /// <returns><see cref="ErrorCode.IntegrityError"/> where a block does not match its context: nothing was added.</returns>
    ErrorCode AppendWrite(Peer from, in WriteHeader header, ReadOnlyMemory<byte> blocks);

    /// <summary>Adds zeroes to the append batch.</summary>
    /// <returns>Why the region can't ever take it, or none.</returns>
    ErrorCode AppendZeroes(Peer from, in WriteZeroesHeader header);

    /// <summary>Adds a discard to the append batch.</summary>
    /// <returns>Why the region can't ever take it, or none.</returns>
    ErrorCode AppendDiscard(Peer from, in DiscardHeader header);

    /// <summary>Adds a flush to the append batch.</summary>
    /// <returns>Why the region can't ever take it, or none.</returns>
    ErrorCode AppendFlush(Peer from, in FlushHeader header);

    /// <summary>Adds blocks from a source to the append batch; borrowed as with <see cref="AppendWrite"/>.</summary>
    /// <returns><see cref="ErrorCode.IntegrityError"/> where a block does not match its context: nothing was added.</returns>
    ErrorCode AppendRepair(Peer from, in RepairWriteHeader header, ReadOnlyMemory<byte> blocks);

    /// <summary>Adds an extent's version, taken over from a source, to the append batch.</summary>
    /// <returns>Why the region can't ever take it, or none.</returns>
    ErrorCode AppendExtentVersion(Peer from, in SetExtentVersionHeader header);

    /// <summary>
    /// Makes generation, session and, where the region has none, volume durable, after all that was appended before;
    /// then <see cref="DownstairsCore.OnPromoted"/>.
    /// </summary>
    void Promote(Peer from, in PromoteToActiveHeader header);

    /// <summary>Makes a note durable, after all that was appended before; then <see cref="DownstairsCore.OnNoted"/>.</summary>
    void Note(Peer from, in RegionNoteRequest request);

    /// <summary>
    /// Asks for one sync that begins after this call: <see cref="DownstairsCore.OnSyncStarted"/>, the sync, then
    /// <see cref="DownstairsCore.OnSynced"/>. Asking again before it has begun asks for the same one.
    /// </summary>
    void RequestSync();

    /// <summary>Reads blocks, all that was appended before included, and answers with a ReadAck.</summary>
    void Read(Peer from, in ReadHeader header);

    /// <summary>Answers with the states of a range, all that was appended before included.</summary>
    void ReadStates(Peer from, in ReadStatesHeader header);

    /// <summary>Answers with the contexts of a range, all that was appended before included.</summary>
    void ReadContexts(Peer from, in ReadContextsHeader header);

    /// <summary>A job was acknowledged without being done: a replay, or one that is refused. For whoever watches jobs.</summary>
    void Skipped(Peer from, JobId job, ErrorCode result);

    /// <summary>Sends what is queued, then ends the connection.</summary>
    void Close(Peer peer, string reason);

    /// <summary>Tells people.</summary>
    void Log(DownstairsEvent what, Peer? peer, string text);
}

/// <summary>What a region is to note about its own repair.</summary>
/// <param name="Note">What.</param>
/// <param name="Job">Which control job asks for it.</param>
/// <param name="Generation">In which generation.</param>
/// <param name="LastJob">The last write, zeroes, discard or flush that came over the connection before; 0 where none came.</param>
/// <param name="LastFlush">The last flush that came over the connection before; 0 where none came.</param>
public readonly record struct RegionNoteRequest(
    RegionNote Note, JobId Job, Generation Generation, JobId LastJob, FlushNumber LastFlush);

/// <summary>What a region notes about its own repair.</summary>
public enum RegionNote
{
    /// <summary>It is under repair from now on: no source, still a witness.</summary>
    BeginRepair,

    /// <summary>It is in sync in this generation, as of the last job that came.</summary>
    MarkInSync,
}
