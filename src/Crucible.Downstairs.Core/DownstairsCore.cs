using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>
/// Decides what one region's daemon does with what its connections send: who may work (I4), in what order jobs are taken,
/// when they are acknowledged (I10), what follows a failure (the prefix rule). It does nothing itself: that is its
/// output's part. One caller at a time.
/// </summary>
/// <remarks>
/// The caller, for what arrived together: <see cref="OnFrame"/> for each frame; then it commits what was appended and
/// calls <see cref="OnCommitted"/> once; then it lets the acknowledgements leave.
/// </remarks>
public sealed class DownstairsCore
{
    private readonly IDownstairsOutput _output;
    private readonly RegionDefinition _definition;
    private readonly RegionId _region;
    private readonly bool _servedReadOnly;
    private readonly Acknowledgements _acknowledgements;
    private readonly JobIntake _jobs;
    private readonly List<Peer> _ungreeted = [];
    private Peer? _active;
    private int _live;

    // What is promised, as soon as it is decided: no later decision may undercut one that is still on its way to the disk.
    private Generation _promised;
    private SessionId _promisedSession;
    private VolumeId _volume;

    /// <param name="output">What acts.</param>
    /// <param name="definition">The region's geometry.</param>
    /// <param name="region">Which region.</param>
    /// <param name="servedReadOnly">Nothing may change it.</param>
    public DownstairsCore(IDownstairsOutput output, RegionDefinition definition, RegionId region, bool servedReadOnly)
    {
        _output = output;
        _definition = definition;
        _region = region;
        _servedReadOnly = servedReadOnly;
        _acknowledgements = new Acknowledgements(output, OnRegionFailed);
        _jobs = new JobIntake(output, definition, _acknowledgements);
        var facts = output.Facts;
        _promised = facts.Promised;
        _promisedSession = facts.Session;
        _volume = facts.Volume;
    }

    /// <summary>Whether acknowledgements wait for <see cref="OnCommitted"/>.</summary>
    public bool NeedsCommit => _acknowledgements.NeedsCommit;

    /// <summary>
    /// What time it is, for whoever asks how long jobs have waited: set by the caller before what arrived, where it cares.
    /// Nothing is decided by it.
    /// </summary>
    public Instant Now
    {
        set => _acknowledgements.Now = value;
    }

    /// <summary>Jobs whose batch is not in the journal yet.</summary>
    public int UncommittedCount => _acknowledgements.Uncommitted.Count;

    /// <summary>Jobs that wait for the journal to be durable.</summary>
    public int UnsyncedCount => _acknowledgements.Unsynced.Count;

    /// <summary>Why it takes no further job, in words; null while it does.</summary>
    public string? FaultCause { get; private set; }

    /// <summary>The connection whose jobs are done, if there is one.</summary>
    public Peer? Active => _active;

    /// <summary>Connections that were made and are not gone yet.</summary>
    public int ConnectionCount { get; private set; }

    /// <summary>
    /// A connection was made. One too many takes the place of the longest one that has not greeted; where all have, it is
    /// refused at once. <paramref name="tag"/> is the caller's own.
    /// </summary>
    public Peer Connect(ConnectionId id, object? tag = null)
    {
        var peer = new Peer(id, tag);
        ConnectionCount++;
        _ungreeted.RemoveAll(static p => p.State != ConnectionState.Greeting);
        if ((++_live > DownstairsLimits.MaxConnections && !EvictUngreeted())
            || ConnectionCount > DownstairsLimits.MaxConnectionsWithEnding)
        {
            Refuse(peer, new Refusal(RefusalCode.Busy, $"{DownstairsLimits.MaxConnections} connections are open already"));
        }
        else
        {
            _ungreeted.Add(peer);
        }

        return peer;
    }

    /// <summary>The connection is gone; once for each. What it sent before stays.</summary>
    public void OnDisconnected(Peer peer)
    {
        ConnectionCount--;
        End(peer);
    }

    /// <summary>The peer broke the protocol below the level of frames: it is told, and its connection ends.</summary>
    public void OnViolation(Peer peer, string text)
    {
        if (peer.State != ConnectionState.Ended)
        {
            _output.Log(DownstairsEvent.Violation, peer, text);
            _output.Send(peer, new GoodbyeHeader(text));
            Close(peer, text);
        }
    }

    /// <summary>A frame arrived. Header and payload are borrowed until the next <see cref="OnCommitted"/>.</summary>
    public void OnFrame(Peer peer, in FrameHeader frame, ReadOnlyMemory<byte> payload)
    {
        if (peer.State == ConnectionState.Ended)
        {
            return;
        }

        try
        {
            if (peer.State == ConnectionState.Greeting)
            {
                OnGreeting(peer, frame);
            }
            else
            {
                OnMessage(peer, frame, payload);
            }
        }
        catch (ProtocolViolationException e)
        {
            OnViolation(peer, e.Message);
        }
    }

    /// <summary>
    /// Whether a message of this kind may append to the journal: there must be room for any one job before it is handed to
    /// <see cref="OnFrame"/>.
    /// </summary>
    public static bool Appends(MessageKind kind) => kind is
        MessageKind.Write or MessageKind.WriteZeroes or MessageKind.Discard or MessageKind.Flush or MessageKind.RepairWrite
        or MessageKind.SetExtentVersion or MessageKind.PromoteToActive or MessageKind.BeginRepair or MessageKind.MarkInSync;

    /// <summary>
    /// Whether what was appended must be committed before a message of this kind is handed to <see cref="OnFrame"/>, so that
    /// its answer tells of everything that came before it on its connection.
    /// </summary>
    public static CommitRule CommitBefore(MessageKind kind) => kind switch
    {
        MessageKind.QueryRegionInfo or MessageKind.QueryExtentVersions
            or MessageKind.PromoteToActive or MessageKind.BeginRepair or MessageKind.MarkInSync => CommitRule.Always,
        MessageKind.Read or MessageKind.ReadStates or MessageKind.ReadContexts => CommitRule.WhereItOverlaps,
        _ => CommitRule.Never,
    };

    /// <summary>What was appended since the last time is in the journal, or is not.</summary>
    public void OnCommitted(ErrorCode result) => _acknowledgements.OnCommitted(result);

    /// <summary>
    /// A job has waited as long as it may for room that the region did not get. From now on no job is taken (the prefix
    /// rule), until a connection takes over once there is room.
    /// </summary>
    public void OnNoRoom() => _acknowledgements.FailForRoom();

    /// <summary>Whether jobs are taken: nothing failed.</summary>
    public bool TakesJobs => !_acknowledgements.Faulted;

    /// <summary>A sync begins now. False: nothing waits for one.</summary>
    public bool OnSyncStarted() => _acknowledgements.OnSyncStarted();

    /// <summary>The sync that began last has ended.</summary>
    public void OnSynced(ErrorCode result) => _acknowledgements.OnSynced(result);

    /// <summary>A promotion is durable, or failed.</summary>
    public void OnPromoted(Peer peer, ErrorCode result)
    {
        if (result != ErrorCode.None)
        {
            _acknowledgements.Fail(result);
        }

        if (peer.State != ConnectionState.Promoting)
        {
            return;
        }

        if (result != ErrorCode.None)
        {
            Refuse(peer, new Refusal(RefusalCode.Faulted, $"the promotion could not be made durable: {result}"));
            return;
        }

        peer.MoveTo(ConnectionState.Active);
        var facts = _output.Facts;
        var isOwn = facts.PositionGeneration == peer.Generation || Planted.Is(PlantedBug.TakeForReplayed);
        peer.HeldBefore = isOwn ? facts.PositionJob : default;
        peer.LastFlush = default;
        _output.Send(peer, new YouAreNowActiveHeader(peer.Generation));
        _output.Log(DownstairsEvent.Active, peer, $"generation {peer.Generation}");
    }

    /// <summary>A note is durable, or failed.</summary>
    public void OnNoted(Peer peer, JobId job, ErrorCode result)
    {
        if (result != ErrorCode.None)
        {
            _acknowledgements.Fail(result);
        }

        if (peer.State != ConnectionState.Ended)
        {
            _output.SendAck(peer, new JobAckHeader(job, result));
        }
    }

    /// <summary>Who sent the job that came so many after the oldest uncommitted one, which it is, and when it came.</summary>
    public (Peer From, JobId Job, Instant Since) UncommittedAt(int index) => Identify(_acknowledgements.Uncommitted[index]);

    /// <summary>The same of the jobs that wait for the journal to be durable.</summary>
    public (Peer From, JobId Job, Instant Since) UnsyncedAt(int index) => Identify(_acknowledgements.Unsynced[index]);

    private static (Peer From, JobId Job, Instant Since) Identify(in PendingJob job) => (job.From, job.Job, job.Since);

    private void OnGreeting(Peer peer, in FrameHeader frame)
    {
        if (frame.Kind != MessageKind.HereIAm)
        {
            throw new ProtocolViolationException($"the first message is {frame.Kind}, not a greeting");
        }

        var greeting = frame.Read<HereIAmHeader>();
        if (GreetingRules.Check(greeting, _definition, _servedReadOnly, _promised) is { } refusal)
        {
            Refuse(peer, refusal);
            return;
        }

        peer.Version = ProtocolVersions.Negotiate(greeting.OldestVersion, greeting.NewestVersion)!.Value;
        peer.Session = greeting.Session;
        peer.MoveTo(greeting.ReadOnly ? ConnectionState.ReadOnly : ConnectionState.Accepted);
        _output.Log(DownstairsEvent.Greeted, peer, $"version {(uint)peer.Version}{(greeting.ReadOnly ? ", read only" : "")}");
        _output.Send(peer, new YesItsMeHeader(
            (uint)peer.Version,
            _region,
            _definition.BlockSizeBytes,
            _definition.ExtentSizeBlocks,
            _definition.ExtentCount,
            _definition.Encrypted,
            _servedReadOnly,
            _volume,
            _promised));
    }

    private void OnMessage(Peer peer, in FrameHeader frame, ReadOnlyMemory<byte> payload)
    {
        switch (frame.Kind)
        {
            case MessageKind.PromoteToActive:
                OnPromote(peer, frame.Read<PromoteToActiveHeader>());
                break;
            case MessageKind.QueryRegionInfo:
                Learning.TellRegionInfo(_output, peer);
                break;
            case MessageKind.QueryExtentVersions:
                Learning.TellExtentVersions(_output, _definition, peer, frame.Read<QueryExtentVersionsHeader>());
                break;
            case MessageKind.Ruok:
                _output.Send(peer, new ImokHeader(frame.Read<RuokHeader>().Sequence));
                break;
            case MessageKind.Imok:
                break;
            case MessageKind.Goodbye:
                _output.Log(DownstairsEvent.Goodbye, peer, frame.Read<GoodbyeHeader>().Text);
                Close(peer, "all done");
                break;
            default:
                _jobs.OnJob(peer, frame, payload);
                break;
        }
    }

    private void OnPromote(Peer peer, in PromoteToActiveHeader promotion)
    {
        if (peer.State != ConnectionState.Accepted)
        {
            throw new ProtocolViolationException($"a promotion where the connection is {peer.State}");
        }

        if (promotion.Generation == Generation.None || promotion.Volume == VolumeId.None || promotion.Session != peer.Session)
        {
            throw new ProtocolViolationException("a promotion without generation or volume, or of another session");
        }

        var facts = _output.Facts;
        var failure = facts.Faulted ? ErrorCode.RegionFaulted
            : _acknowledgements.Refusal == ErrorCode.NoSpace && !facts.Full ? ErrorCode.None
            : _acknowledgements.Refusal;
        if (PromotionRules.Check(promotion, _promised, _promisedSession, _volume, failure) is { } refusal)
        {
            Refuse(peer, refusal);
            return;
        }

        _acknowledgements.Recover();
        FaultCause = null;

        (_promised, _promisedSession, _volume) = (promotion.Generation, promotion.Session, promotion.Volume);
        Supersede();
        _active = peer;
        peer.Generation = promotion.Generation;
        peer.MoveTo(ConnectionState.Promoting);
        _output.Promote(peer, promotion);
    }

    // From here on nothing of the connection before has any effect, although the new promise is not durable yet.
    private void Supersede()
    {
        if (_active is { } before)
        {
            _output.Send(before, new YouAreNoLongerActiveHeader(_promised));
            _output.Log(DownstairsEvent.Superseded, before, $"generation {_promised} took over");
            Close(before, $"generation {_promised} took over");
        }
    }

    private void OnRegionFailed(ErrorCode result)
    {
        var text = _acknowledgements.Refusal == ErrorCode.NoSpace
            ? "no space is left: this region takes no further job until there is some and an upstairs takes over anew"
            : $"a write or a sync failed ({result}): this region takes no further job until the downstairs is restarted; "
                + "what was durable before is still read";
        FaultCause = text;
        _output.Log(DownstairsEvent.Faulted, _active, text);
        if (_active is { } active)
        {
            _output.Send(active, new ErrorReportHeader(result, text));
        }
    }

    // Connections that say nothing, by mistake or by malice, must not keep an upstairs out.
    private bool EvictUngreeted()
    {
        if (_ungreeted.Count == 0)
        {
            return false;
        }

        var oldest = _ungreeted[0];
        _ungreeted.RemoveAt(0);
        Close(oldest, "it did not greet, and another needed its place");
        return true;
    }

    private void Refuse(Peer peer, Refusal refusal)
    {
        _output.Log(DownstairsEvent.Refused, peer, refusal.Text);
        _output.Send(peer, new RefusedHeader(refusal.Code, _promised, refusal.Text));
        Close(peer, $"refused: {refusal.Text}");
    }

    private void Close(Peer peer, string reason)
    {
        End(peer);
        _output.Close(peer, reason);
    }

    private void End(Peer peer)
    {
        if (peer.State != ConnectionState.Ended)
        {
            peer.MoveTo(ConnectionState.Ended);
            _live--;
        }

        if (_active == peer)
        {
            _active = null;
        }
    }
}
