using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Brings a volume up from at least two of its three replicas: promotes them under one generation, chooses the source,
/// makes the others like it, lets a quorum record that it is in sync, and only then lets the volume answer. Later it takes
/// in replicas that come back within the session.
/// </summary>
internal sealed class Activator
{
    private const int Quorum = Retirement.Quorum;

    private readonly UpstairsSettings _settings;
    private readonly ReplicaSet _replicas;
    private readonly IUpstairsOutput _output;
    private readonly RepairScope _scope;
    private readonly VolumeIdentity _identity;
    private readonly SourceProof _proof;
    private Phase _phase = Phase.Gathering;
    private Instant _startedAt;
    private Generation _firstGeneration;
    private Instant _quorumSince = Instant.Never;
    private RegionInfoHeader _startState;
    private ExtentVersion[] _startVersions = [];

    public Activator(UpstairsSettings settings, ReplicaSet replicas, IUpstairsOutput output, RepairScope scope)
    {
        _scope = scope;
        _identity = new VolumeIdentity(replicas, settings.Encrypted);
        Reconciler = new Reconciler(scope);
        _proof = new SourceProof(scope);
        _settings = settings;
        _replicas = replicas;
        _output = output;
        Generation = settings.Generation;
    }

    private enum Phase
    {
        Gathering,
        Promoting,
        Proving,
        Reconciling,
        Marking,
        Finished,
    }

    /// <summary>The geometry that all targets agree on; null before the first one told it.</summary>
    public RegionDefinition? Definition => _identity.Definition;

    /// <summary>The volume; none before it is known.</summary>
    public VolumeId Volume => _identity.Volume;

    /// <summary>The generation taken; none before it is chosen.</summary>
    public Generation Generation { get; private set; }

    /// <summary>The number for the first flush of the session.</summary>
    public FlushNumber FirstFlush { get; private set; } = new(1);

    public bool IsFinished => _phase == Phase.Finished;

    /// <summary>Whether it waits for an answer of a replica that is connected and known.</summary>
    public bool WaitsFor(Replica replica) => Reconciler.WaitsFor(replica) || _proof.Crew.WaitsFor(replica.Id);

    /// <summary>Null: not asked for; else whether the answer can be one.</summary>
    public bool? OnContexts(ReplicaId replica, in ContextsAckHeader ack) =>
        Reconciler.Crew.OnContexts(replica, ack) ?? _proof.Crew.OnContexts(replica, ack);

    /// <summary>Makes them alike.</summary>
    public Reconciler Reconciler { get; }

    /// <summary>Whether an activation under way counts on a replica.</summary>
    public static bool TakesPart(Replica replica) => replica.State is ReplicaState.Promoting or ReplicaState.Learning
        or ReplicaState.Learnt or ReplicaState.Reconciling or ReplicaState.Marking;

    public void Start(Instant now) => _startedAt = now;

    /// <summary>Takes a greeting's answer; a reason where the region can't belong to this volume.</summary>
    public string? Accept(Replica replica, in YesItsMeHeader region)
    {
        var problem = _identity.Accept(replica, region);
        if (problem is null)
        {
            _scope.Definition = _identity.Definition!;
        }

        return problem;
    }

    /// <summary>Goes on as far as what is known allows. Called after whatever may have changed it.</summary>
    public void Advance(Instant now)
    {
        switch (_phase)
        {
            case Phase.Gathering:
                Gather(now);
                break;
            case Phase.Promoting:
                AwaitLearning(now);
                break;
            case Phase.Proving:
                AwaitProof(now);
                break;
            case Phase.Reconciling:
                AwaitCopies(now);
                break;
            case Phase.Marking:
                AwaitMarks(now);
                break;
            default:
                PromoteLateComers(now);
                break;
        }
    }

    /// <summary>A replica was promoted: ask what it holds.</summary>
    public void Learn(Replica replica, Instant now)
    {
        _replicas.Change(replica, ReplicaState.Learning, now, "asked what it holds");
        replica.Info = null;
        replica.Versions = [];
        replica.VersionsLearnt = 0;
        _output.Send(replica.Id, default(QueryRegionInfoHeader));
        QueryVersions(replica);
    }

    public void OnRegionInfo(Replica replica, in RegionInfoHeader info, Instant now)
    {
        replica.Info = info;
        FinishLearning(replica, now);
    }

    /// <summary>False: not what was asked for.</summary>
    public bool OnVersions(Replica replica, in ExtentVersionsHeader header, Instant now)
    {
        if (replica.State != ReplicaState.Learning || header.First.Value != replica.VersionsLearnt
            || header.ExtentCount == 0 || header.ExtentCount > Definition!.ExtentCount - header.First.Value
            || header.Versions.Length != header.ExtentCount * ExtentVersion.SizeBytes)
        {
            return false;
        }

        MakeRoom(replica, header.First.Value + header.ExtentCount);
        for (var i = 0; i < header.ExtentCount; i++)
        {
            replica.Versions[header.First.Value + i] = ExtentVersion.Read(header.Versions.Span[(i * ExtentVersion.SizeBytes)..]);
        }

        replica.VersionsLearnt += header.ExtentCount;
        if (replica.VersionsLearnt < Definition.ExtentCount)
        {
            QueryVersions(replica);
        }

        FinishLearning(replica, now);
        return true;
    }

    /// <summary>A control job was answered. False: it was not asked.</summary>
    public bool OnControlAck(Replica replica, JobId job, ErrorCode result, Instant now, out string? fault)
    {
        fault = null;
        if (replica.State == ReplicaState.Marking)
        {
            if (job != replica.MarkJob || replica.Marked)
            {
                return false;
            }

            replica.Marked = result == ErrorCode.None;
            fault = result == ErrorCode.None ? null : $"could not record that it is in sync: {result}";
            return true;
        }

        return Reconciler.OnAck(replica, job, result, out fault);
    }

    /// <summary>The highest generation that any replica has told of.</summary>
    public Generation HighestPromised()
    {
        var highest = Generation.None;
        foreach (var replica in _replicas.All)
        {
            if (replica.Region is { } region && region.Promised > highest)
            {
                highest = region.Promised;
            }
        }

        return highest;
    }

    /// <summary>A replica that takes part in the activation was lost: begin again with those that are left.</summary>
    public void OnLost(Replica replica, Instant now)
    {
        if (IsFinished || _phase == Phase.Gathering)
        {
            return;
        }

        if (_phase == Phase.Marking && !Planted.Is(PlantedBug.KeepGeneration) && !TryRaiseGeneration())
        {
            return;
        }

        Reconciler.Clear();
        _proof.Clear();
        _phase = Phase.Gathering;
        _quorumSince = now;
        foreach (var other in _replicas.All)
        {
            if (other != replica && TakesPart(other))
            {
                _output.Disconnect(other.Id, "activation begins again");
                _replicas.Change(other, ReplicaState.Disconnected, now, "activation begins again");
                _replicas.Change(other, ReplicaState.Connecting, now, "activation begins again");
                _output.Connect(other.Id, TimeSpan.Zero);
            }
        }
    }

    /// <summary>Whether a replica that was learnt in the running session may be marked in sync and sent all of its jobs.</summary>
    public bool HeldTheStartState(Replica replica)
    {
        var info = replica.Info!.Value;
        return !info.Repairing && info.InSync == _startState.InSync
            && info.PositionGeneration == _startState.PositionGeneration && info.PositionJob == _startState.PositionJob
            && replica.Versions.AsSpan().SequenceEqual(_startVersions);
    }

    public void Mark(Replica replica, Instant now)
    {
        _replicas.Change(replica, ReplicaState.Marking, now, "records that it is in sync");
        replica.Marked = false;
        replica.MarkJob = _scope.NextJob();
        _output.Send(replica.Id, new MarkInSyncHeader(Generation, replica.MarkJob));
    }

    private void Gather(Instant now)
    {
        var ready = _replicas.Count(ReplicaState.Waiting);
        if (ready < Quorum)
        {
            _quorumSince = Instant.Never;
            if (now - _startedAt >= _settings.ActivationTimeout)
            {
                _output.VolumeChanged(VolumeState.Failed, VolumeFailure.Unavailable, DescribeAbsent());
            }

            return;
        }

        _quorumSince = Instant.Min(_quorumSince, now);
        if (ready < ReplicaId.Count && now - _quorumSince < _settings.ActivationGrace)
        {
            return;
        }

        if (Generation == Generation.None && !_settings.ReadOnly)
        {
            if (HighestPromised() == Generation.Last)
            {
                _output.VolumeChanged(
                    VolumeState.Failed, VolumeFailure.Generation, $"generation {Generation.Last} was promised before, and none is above it");
                return;
            }

            Generation = HighestPromised().Next();
        }

        _scope.Generation = Generation;
        _firstGeneration = _firstGeneration == Generation.None ? Generation : _firstGeneration;

        _identity.ChooseVolume(_settings.NewVolume);

        _phase = Phase.Promoting;
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Waiting)
            {
                Promote(replica, now);
            }
        }
    }

    // One that has recorded that it is in sync may be gone by now, and those that are left may choose another source. So that it
    // does not pass for one of them when it is back, they will be in sync in the next generation.
    private bool TryRaiseGeneration()
    {
        if (_settings.Generation != Generation.None || Generation == Generation.Last)
        {
            _output.VolumeChanged(
                VolumeState.Failed,
                VolumeFailure.Generation,
                $"a replica was lost while generation {Generation} was recorded as in sync; try again with a higher one");
            return false;
        }

        Generation = Generation.Next();
        return true;
    }

    private void Promote(Replica replica, Instant now)
    {
        if (_settings.ReadOnly)
        {
            Learn(replica, now);
            return;
        }

        _replicas.Change(replica, ReplicaState.Promoting, now, $"promoted to generation {Generation}");
        _output.Send(replica.Id, new PromoteToActiveHeader(Generation, _settings.Session, Volume));
    }

    private void PromoteLateComers(Instant now)
    {
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Waiting)
            {
                Promote(replica, now);
            }
        }
    }

    private void AwaitLearning(Instant now)
    {
        if (_replicas.Count(ReplicaState.Promoting) + _replicas.Count(ReplicaState.Learning) > 0
            || _replicas.Count(ReplicaState.Learnt) < Quorum)
        {
            return;
        }

        var source = SourceChoice.Choose(_replicas.All, _firstGeneration, out var problem);
        if (source is null)
        {
            // The third may know what these two don't.
            PromoteLateComers(now);
            if (_replicas.Count(ReplicaState.Learnt) == ReplicaId.Count || now - _startedAt >= _settings.ActivationTimeout)
            {
                _output.VolumeChanged(VolumeState.Failed, VolumeFailure.Mismatch, problem);
            }

            return;
        }

        if (_settings.ReadOnly)
        {
            NoteStart(source);
            ServeAlike(source, now);
            return;
        }

        _proof.Choose(source);
        if (_replicas.AllAre(ReplicaState.Learnt, replica => replica == source || SourceChoice.IsAlike(source, replica))
            || (!_proof.HasChoice && !MayAwaitThird(source, now)))
        {
            Reconcile(source, now);
            return;
        }

        if (_proof.Rests(now) && MayAwaitThird(source, now))
        {
            PromoteLateComers(now);
            return;
        }

        _phase = Phase.Proving;
        _proof.Begin();
        AwaitProof(now);
    }

    private void AwaitProof(Instant now)
    {
        if (!_proof.Advance(out var source, out var isWhole))
        {
            return;
        }

        if (!isWhole && MayAwaitThird(source, now))
        {
            _proof.Rest(now);
            _phase = Phase.Promoting;
            PromoteLateComers(now);
            return;
        }

        _proof.Clear();
        Reconcile(source, now);
    }

    // Where two are there, and the source can't read all that the other one needs: the third may be the better source, and
    // the source's disk may do better next time. One that is under repair needs everything, and to look at all that takes long.
    private bool MayAwaitThird(Replica source, Instant now) =>
        _replicas.Count(ReplicaState.Learnt) < ReplicaId.Count && now - _startedAt < _settings.ActivationTimeout
        && _replicas.AllAre(ReplicaState.Learnt, replica => replica == source || !replica.Info!.Value.Repairing);

    private void NoteStart(Replica source)
    {
        FirstFlush = HighestFlush().Next();
        _startState = source.Info!.Value;
        _startVersions = source.Versions;
    }

    // No number is used twice, also where the source is not the one that knows of the last flush.
    private FlushNumber HighestFlush()
    {
        var highest = default(FlushNumber);
        foreach (var replica in _replicas.All)
        {
            if (replica is { State: ReplicaState.Learnt, Info: { } info } && info.Flush.CompareTo(highest) > 0)
            {
                highest = info.Flush;
            }
        }

        return highest;
    }

    private void Reconcile(Replica source, Instant now)
    {
        NoteStart(source);
        Reconciler.Begin(source, now);
        foreach (var replica in _replicas.All)
        {
            if (replica != source && replica.State == ReplicaState.Learnt && !SourceChoice.IsAlike(source, replica))
            {
                _replicas.Change(replica, ReplicaState.Reconciling, now, $"is made like replica {source.Id}");
                Reconciler.Add(replica);
            }
        }

        _phase = Phase.Reconciling;
        AwaitCopies(now);
    }

    private void AwaitCopies(Instant now)
    {
        Reconciler.Advance();
        if (!Reconciler.IsDone)
        {
            return;
        }

        _phase = Phase.Marking;
        foreach (var replica in _replicas.All)
        {
            if (replica.State is ReplicaState.Learnt or ReplicaState.Reconciling)
            {
                Mark(replica, now);
            }
        }
    }

    private void AwaitMarks(Instant now)
    {
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Marking && !replica.Marked)
            {
                return;
            }
        }

        _phase = Phase.Finished;
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Marking)
            {
                Serve(replica, now);
            }
            else
            {
                replica.KeepsPlace = replica.State is not (ReplicaState.Faulted or ReplicaState.Refused);
                replica.AwaySince = now;
            }
        }

        _output.VolumeChanged(VolumeState.Active, VolumeFailure.None, "");
    }

    // Read only: nothing is written, so nothing can be mended; those that hold what the source holds serve.
    private void ServeAlike(Replica source, Instant now)
    {
        _phase = Phase.Finished;
        foreach (var replica in _replicas.All)
        {
            if (replica.State != ReplicaState.Learnt)
            {
                continue;
            }

            if (replica == source || SourceChoice.IsAlike(source, replica))
            {
                Serve(replica, now);
                continue;
            }

            _output.Disconnect(replica.Id, "differs from the source");
            _replicas.Change(replica, ReplicaState.Faulted, now, $"differs from replica {source.Id}, and read only nothing is repaired");
        }

        _output.VolumeChanged(VolumeState.Active, VolumeFailure.None, "");
    }

    private void Serve(Replica replica, Instant now)
    {
        _replicas.Change(replica, ReplicaState.Active, now, "in sync");
        replica.KeepsPlace = true;
        replica.AwaySince = Instant.Never;
        replica.LastHeard = now;
    }

    private void QueryVersions(Replica replica)
    {
        var first = replica.VersionsLearnt;
        var count = Math.Min(Definition!.ExtentCount - first, WireLimits.MaxExtentVersionsPerMessage);
        _output.Send(replica.Id, new QueryExtentVersionsHeader(new ExtentId(first), count));
    }

    // Grows with what arrives (I8): a peer's word about its extent count takes no memory by itself.
    private void MakeRoom(Replica replica, uint extents)
    {
        if (replica.Versions.Length < extents)
        {
            var versions = replica.Versions;
            Array.Resize(ref versions, (int)Math.Min(Math.Max(extents, 2L * versions.Length), Definition!.ExtentCount));
            replica.Versions = versions;
        }
    }

    private void FinishLearning(Replica replica, Instant now)
    {
        if (replica.State == ReplicaState.Learning && replica.Info is not null && replica.VersionsLearnt == Definition!.ExtentCount)
        {
            _replicas.Change(replica, ReplicaState.Learnt, now, "known");
        }
    }

    private string DescribeAbsent()
    {
        var text = "fewer than two of three replicas are there";
        foreach (var replica in _replicas.All)
        {
            if (replica.State != ReplicaState.Waiting)
            {
                text += $"; replica {replica.Id}: {replica.Cause}";
            }
        }

        return text;
    }
}
