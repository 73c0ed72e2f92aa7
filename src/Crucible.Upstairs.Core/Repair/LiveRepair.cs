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
    private readonly RepairScope _scope;
    private readonly ReplicaSet _replicas;
    private readonly LiveWalk _walk;
    private readonly VersionMatch _versions;
    private readonly IRepairGuest _guest;
    private JobId _job;
    private JobId _lastFlush;
    private Phase _phase;

    /// <param name="scope">What repair works with.</param>
    /// <param name="replicas">The three.</param>
    /// <param name="latency">What the guest notices.</param>
    /// <param name="guest">The stream of jobs.</param>
    public LiveRepair(RepairScope scope, ReplicaSet replicas, GuestLatency latency, IRepairGuest guest)
    {
        _scope = scope;
        _replicas = replicas;
        _guest = guest;
        _walk = new LiveWalk(scope, replicas, latency);
        _versions = new VersionMatch(scope);
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

    public RepairCrew Crew => _walk.Crew;

    /// <summary>Who is under repair; null: nobody.</summary>
    public Replica? Target => _walk.Target;

    /// <summary>The last job that the target holds once it has recorded that it is in sync.</summary>
    public JobId MarkedThrough { get; private set; }

    /// <summary>How far it is; null: nothing is repaired.</summary>
    public RepairProgress? ProgressAt(Instant now) => _walk.ProgressAt(now);

    /// <summary>Blocks are copied: what the guest sees now is not what is usual.</summary>
    public bool IsCopying => _walk.IsCopying;

    /// <summary>
    /// Begins with a replica that was learnt. First everything that it may have helped to acknowledge is made durable on the
    /// others: as a witness it bars a source that is behind it, and without power those may fall back to what they have synced.
    /// </summary>
    public void Begin(Replica target, Instant now)
    {
        Invariant.Require(Target is null && target.State == ReplicaState.Learnt);
        _walk.Begin(target, now);
        _job = default;
        _phase = Phase.Flushing;
    }

    /// <summary>A guest's job that changes blocks was issued.</summary>
    public void Touch(BlockIndex start, uint count)
    {
        if (_phase is Phase.Idle or Phase.Flushing)
        {
            return;
        }

        Crew.Touch(start, count);
        if (_phase == Phase.Versions)
        {
            _versions.Touch(start);
        }
    }

    public bool WaitsFor(Replica replica) => Target is not null && (Crew.WaitsFor(replica.Id) || _versions.WaitsFor(replica.Id)
        || (replica == Target && _phase is Phase.Beginning or Phase.Marking));

    /// <summary>A replica is not what it was: without the target all ends, without the source another one takes over.</summary>
    public void OnLost(Replica replica)
    {
        _versions.OnLost(replica);
        if (replica == Target)
        {
            End();
        }
        else if (Target is not null && _walk.OnLost(replica) && _phase == Phase.Versions)
        {
            _phase = Phase.Walking;
            _versions.Abandon();
        }
    }

    /// <summary>Versions of extents arrived. False: not asked for.</summary>
    public bool OnVersions(Replica replica, in ExtentVersionsHeader header) => _versions.TryTake(replica, header);

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

        if (_versions.TryAcknowledge(replica.Id, job))
        {
            fault = FaultOf(result);
            return true;
        }

        if (Crew.FindWriter(replica.Id, job) is { } chunk)
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

        if (_phase == Phase.Versions && _versions.Advance() && IsVouchedFor)
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
        if (_phase == Phase.Walking && IsCopying)
        {
            Walk(now);
        }
    }

    public void OnTick(Instant now)
    {
        if (_phase == Phase.Walking)
        {
            _walk.OnTick(now);
        }
    }

    private static string? FaultOf(ErrorCode result) => result == ErrorCode.None ? null : $"could not be repaired: {result}";

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

    // One that may have forgotten a later promise counts only once each of the others has done a job of ours after it promised
    // again: had a later upstairs begun to serve before, one of them would have refused (I4).
    private bool IsVouchedFor =>
        !Target!.HasForgotten || (_replicas.Unaccounted(Target) is null && _guest.IsDoneByActive(_lastFlush));

    // Notes on the target, durably, that it is under repair; it takes jobs from now on.
    private void BeginWork(Instant now)
    {
        _replicas.Change(Target!, ReplicaState.Repairing, now, "is made alike while the guest runs");
        _phase = Phase.Beginning;
        _job = _scope.NextJob();
        _scope.Output.Send(Target!.Id, new BeginRepairHeader(_scope.Generation, _job));
    }

    // A flush leaves nothing dirty; what is asked right behind it is answered as of that point by both.
    private void Walk(Instant now)
    {
        if (_walk.Advance(now) && _guest.TryFlush(now) is { } flush)
        {
            _lastFlush = flush;
            _phase = Phase.Versions;
            _versions.Begin(_walk.Source!, Target!);
        }
    }

    private void End()
    {
        _walk.End();
        _versions.Abandon();
        _phase = Phase.Idle;
    }
}
