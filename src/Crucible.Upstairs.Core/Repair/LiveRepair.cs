using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Makes a replica that lost its place alike again while the guest runs (DESIGN section 5). From its first moment it is sent
/// every job that changes something; the region is walked over beside that; at the end its versions are made the source's,
/// and it records that it is in sync at a point of the stream. One replica at a time.
/// <code>
///   Idle ──► Flushing ──► Beginning ──► Walking ──► Versions ──► Marking ──► Idle (the replica is active)
///     ▲          │            │            │   ▲        │           │
///     │          │            │            │   └────────┴── source lost: with another one
///     └──────────┴────────────┴────────────┴── target lost: begins anew when it is back; what is alike by then is only compared
/// </code>
/// </summary>
internal sealed class LiveRepair
{
    private const int ChunksAtOnce = 4;

    private static readonly TimeSpan LookFirst = TimeSpan.FromMilliseconds(400);

    private readonly RepairScope _scope;
    private readonly ReplicaSet _replicas;
    private readonly RepairCrew _crew;
    private readonly VersionCopy _versionCopy;
    private readonly VersionLearner _sourceVersions;
    private readonly VersionLearner _targetVersions;
    private readonly GuestLatency _latency;
    private readonly IRepairGuest _guest;
    private RepairPace _pace;
    private bool[] _touchedExtents = [];
    private RegionWalk? _walk;
    private Replica? _source;
    private Instant _startedAt;
    private JobId _job;
    private Phase _phase;
    private ulong _badBlocks;
    private bool _holds;

    /// <param name="scope">What repair works with.</param>
    /// <param name="replicas">The three.</param>
    /// <param name="latency">What the guest notices.</param>
    /// <param name="guest">The stream of jobs.</param>
    public LiveRepair(RepairScope scope, ReplicaSet replicas, GuestLatency latency, IRepairGuest guest)
    {
        _scope = scope;
        _replicas = replicas;
        _latency = latency;
        _guest = guest;
        _crew = new RepairCrew(scope, ChunksAtOnce);
        _pace = new RepairPace(latency);
        _versionCopy = new VersionCopy(scope);
        _sourceVersions = new VersionLearner(scope);
        _targetVersions = new VersionLearner(scope);
    }

    private enum Phase
    {
        Idle,
        Flushing,
        Beginning,
        Walking,
        Versions,
        Marking,
    }

    public RepairCrew Crew => _crew;

    /// <summary>Who is under repair; null: nobody.</summary>
    public Replica? Target { get; private set; }

    /// <summary>The last job that the target holds once it has recorded that it is in sync.</summary>
    public JobId MarkedThrough { get; private set; }

    /// <summary>How far it is; null: nothing is repaired.</summary>
    public RepairProgress? ProgressAt(Instant now) => Target is null || _walk is null ? null : new RepairProgress(
        Target.Id,
        _source?.Id,
        _scope.Definition.TotalBytes,
        _walk.FinishedBytes,
        Target.RepairedBlocks * _scope.Definition.BlockSizeBytes,
        _walk.LeftBytes,
        _badBlocks,
        now - _startedAt,
        _pace.BytesPerSecond);

    /// <summary>Blocks are copied: what the guest sees now is not what is usual.</summary>
    public bool IsCopying => Target is not null && !_holds;

    /// <summary>
    /// Begins with a replica that was learnt. First everything that it may have helped to acknowledge is made durable on the
    /// others: as a witness it bars a source that is behind it, and without power those may fall back to what they have synced.
    /// </summary>
    public void Begin(Replica target, Instant now)
    {
        Invariant.Require(Target is null && target.State == ReplicaState.Learnt);
        Target = target;
        target.RepairedBlocks = 0;
        _pace = new RepairPace(_latency);
        _startedAt = now;
        _badBlocks = 0;
        _walk = new RegionWalk(_scope.Definition, static _ => false);
        _job = default;
        _phase = Phase.Flushing;

        // Without knowing what is usual there is nothing to hold the guest's times against: look at them first.
        _holds = _latency.Usual is null;
    }

    // Notes on the target, durably, that it is under repair; it takes jobs from now on.
    private void BeginWork(Instant now)
    {
        _replicas.Change(Target!, ReplicaState.Repairing, now, "is made alike while the guest runs");
        _phase = Phase.Beginning;
        _job = _scope.NextJob();
        _scope.Output.Send(Target!.Id, new BeginRepairHeader(_scope.Generation, _job));
    }

    private bool IsFlushed(Instant now)
    {
        if (Target!.Info?.InSync != _scope.Generation)
        {
            return true;
        }

        if (_job == default)
        {
            _job = _guest.TryFlush(now) ?? default;
        }

        return _job != default && _guest.IsDoneByActive(_job);
    }

    /// <summary>A guest's job that changes blocks was issued.</summary>
    public void Touch(BlockIndex start, uint count)
    {
        if (_phase is Phase.Idle or Phase.Flushing)
        {
            return;
        }

        _crew.Touch(start, count);
        if (_phase == Phase.Versions)
        {
            _touchedExtents[_scope.Definition.ExtentOf(start).Value] = true;
        }
    }

    public bool WaitsFor(Replica replica) => Target is not null && (_crew.WaitsFor(replica.Id)
        || _versionCopy.WaitsFor(replica.Id) || _sourceVersions.WaitsFor(replica.Id) || _targetVersions.WaitsFor(replica.Id)
        || (replica == Target && _phase is Phase.Beginning or Phase.Marking));

    /// <summary>A replica is not what it was: without the target all ends, without the source another one takes over.</summary>
    public void OnLost(Replica replica)
    {
        _sourceVersions.OnLost(replica);
        _targetVersions.OnLost(replica);
        if (replica == Target)
        {
            End();
            return;
        }

        if (Target is null)
        {
            return;
        }

        _crew.Abandon(_walk!, replica.Id);
        if (replica == _source)
        {
            ForgetSource();
            if (_phase == Phase.Versions)
            {
                _phase = Phase.Walking;
                AbandonVersions();
            }
        }
    }

    /// <summary>Versions of extents arrived. False: not asked for.</summary>
    public bool OnVersions(Replica replica, in ExtentVersionsHeader header) =>
        _sourceVersions.TryTake(replica, header) || _targetVersions.TryTake(replica, header);

    /// <summary>An acknowledgement of one of its own jobs. False: not one of those.</summary>
    /// <param name="replica">Whose.</param>
    /// <param name="job">Of which job.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="fault">Why the target can't be repaired.</param>
    /// <param name="finished">The target has recorded that it is in sync.</param>
    public bool OnAck(Replica replica, JobId job, ErrorCode result, out string? fault, out bool finished)
    {
        fault = null;
        finished = false;
        if (replica != Target)
        {
            return false;
        }

        if (_versionCopy.TryAcknowledge(replica.Id, job))
        {
            fault = FaultOf(result);
            return true;
        }

        if (_crew.FindWriter(replica.Id, job) is { } chunk)
        {
            fault = FaultOf(result);
            if (fault is null)
            {
                chunk.OnWritten();
            }

            return true;
        }

        if (job != _job || _phase is not (Phase.Beginning or Phase.Marking))
        {
            return false;
        }

        fault = FaultOf(result);
        finished = fault is null && _phase == Phase.Marking;
        if (finished)
        {
            End();
        }
        else if (fault is null)
        {
            _phase = Phase.Walking;
        }

        return true;
    }

    /// <summary>Goes on as far as it can.</summary>
    public void Advance(Instant now)
    {
        if (_phase == Phase.Flushing && IsFlushed(now))
        {
            BeginWork(now);
        }

        if (_phase == Phase.Walking)
        {
            Walk(now);
        }

        if (_phase == Phase.Versions && _sourceVersions.IsComplete && _targetVersions.IsComplete && _versionCopy.Advance())
        {
            _phase = Phase.Marking;
            _job = _scope.NextJob();
            MarkedThrough = _guest.LastMutating;
            _scope.Output.Send(Target!.Id, new MarkInSyncHeader(_scope.Generation, _job));
        }
    }

    /// <summary>The guest got an answer: a good moment to copy what time allows since the last one.</summary>
    public void OnGuestAnswer(Instant now)
    {
        if (_phase == Phase.Walking && !_holds)
        {
            Walk(now);
        }
    }

    public void OnTick(Instant now)
    {
        if (_phase != Phase.Walking)
        {
            return;
        }

        _holds &= now - _startedAt < LookFirst;
        if (!_holds)
        {
            _pace.OnTick(now);
        }
    }

    private static string? FaultOf(ErrorCode result) => result == ErrorCode.None ? null : $"could not be repaired: {result}";

    private void Walk(Instant now)
    {
        _source ??= ChooseSource();
        if (_source is null)
        {
            return;
        }

        _source.IsCopiedFrom = true;
        if (!_holds)
        {
            _pace.Refill(now);
        }

        var busy = false;
        foreach (var chunk in _crew.Chunks)
        {
            chunk.Resume();
            while (chunk.IsDone || (chunk.IsIdle && TryBegin(chunk)))
            {
                if (chunk.IsDone)
                {
                    _badBlocks += chunk.BadBlocks;
                    _walk!.Finish(chunk.Chunk);
                    chunk.Collect();
                }
            }

            busy |= chunk.IsBusy && !Planted.Is(PlantedBug.MarkBeforeCopied);
        }

        if (!busy)
        {
            AskVersions(now);
        }
    }

    private bool TryBegin(ChunkRepair chunk)
    {
        if (!_walk!.TryNext(out var next))
        {
            return false;
        }

        chunk.Begin(next, default(ReplicaMask).With(_source!.Id).With(Target!.Id), _source, Target, verify: false, _pace);
        return true;
    }

    // A flush leaves nothing dirty; what is asked right behind it is answered as of that point by both. Extents that the guest
    // writes from here on get the same version from a later flush on both, and are left alone.
    private void AskVersions(Instant now)
    {
        if (_guest.TryFlush(now) is null)
        {
            return;
        }

        _phase = Phase.Versions;
        if (_touchedExtents.Length == 0)
        {
            _touchedExtents = new bool[_scope.Definition.ExtentCount];
        }

        Array.Clear(_touchedExtents);
        _sourceVersions.Ask(_source!);
        _targetVersions.Ask(Target!);
        _versionCopy.Begin(Target!, _sourceVersions.Versions, _targetVersions.Versions, extent => _touchedExtents[extent]);
    }

    private Replica? ChooseSource()
    {
        Replica? best = null;
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Active && (best is null || replica.OutstandingJobs < best.OutstandingJobs))
            {
                best = replica;
            }
        }

        return best;
    }

    private void AbandonVersions()
    {
        _versionCopy.Abandon();
        _sourceVersions.Abandon();
        _targetVersions.Abandon();
    }

    private void End()
    {
        if (_walk is not null)
        {
            _crew.Abandon(_walk);
        }

        AbandonVersions();
        _phase = Phase.Idle;
        ForgetSource();
        Target = null;
        _walk = null;
    }

    private void ForgetSource()
    {
        if (_source is not null)
        {
            _source.IsCopiedFrom = false;
            _source = null;
        }
    }
}

/// <summary>How far the repair of a replica is.</summary>
/// <param name="Target">Who is repaired.</param>
/// <param name="Source">From whom; null while there is nobody.</param>
/// <param name="TotalBytes">Bytes of the region.</param>
/// <param name="ComparedBytes">Bytes found or made alike.</param>
/// <param name="CopiedBytes">Bytes that differed and were copied.</param>
/// <param name="LeftBytes">Bytes not yet compared.</param>
/// <param name="BadBlocks">Blocks that no replica could tell.</param>
/// <param name="Elapsed">Since it began.</param>
/// <param name="AllowedBytesPerSecond">What it may copy beside the guest.</param>
public readonly record struct RepairProgress(
    ReplicaId Target,
    ReplicaId? Source,
    ulong TotalBytes,
    ulong ComparedBytes,
    ulong CopiedBytes,
    ulong LeftBytes,
    ulong BadBlocks,
    TimeSpan Elapsed,
    long AllowedBytesPerSecond)
{
    /// <summary>Bytes compared a second, on average.</summary>
    public double BytesPerSecond => Elapsed > TimeSpan.Zero ? ComparedBytes / Elapsed.TotalSeconds : 0;

    /// <summary>How long the rest takes at that rate; null: not known yet.</summary>
    public TimeSpan? Remaining => BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(LeftBytes / BytesPerSecond, 1e8)) : null;
}
