using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Everything that makes replicas alike once the volume is active: live repair, healing of what reads found, scrub. Answers to
/// questions that were given up meanwhile are known by their numbers and dropped.
/// </summary>
internal sealed class RepairWork
{
    private readonly RepairScope _scope;
    private readonly ReplicaSet _replicas;
    private readonly Queue<Replica> _waiting = new();
    private readonly RepairCrew[] _crews;

    public RepairWork(
        UpstairsSettings settings, RepairScope scope, ReplicaSet replicas, GuestLatency latency, IRepairGuest guest)
    {
        _scope = scope;
        _replicas = replicas;
        Live = new LiveRepair(scope, replicas, latency, guest);
        Scrub = new Scrub(settings, scope, replicas, latency);
        Healing = new Healing(scope, replicas);
        _crews = [Live.Crew, Scrub.Crew, Healing.Crew];
    }

    public LiveRepair Live { get; }

    public Scrub Scrub { get; }

    public Healing Healing { get; }

    /// <summary>Blocks are copied, or compared beside the guest.</summary>
    public bool IsBusy => Live.IsCopying || Scrub.IsRunning;

    /// <summary>A replica that was learnt is to be repaired, now or when the one before it is done.</summary>
    public void Enqueue(Replica replica, Instant now)
    {
        if (!_waiting.Contains(replica))
        {
            _waiting.Enqueue(replica);
        }

        BeginNext(now);
    }

    public void Touch(BlockIndex start, uint count)
    {
        Live.Touch(start, count);
        Scrub.Crew.Touch(start, count);
        Healing.Crew.Touch(start, count);
    }

    public bool WaitsFor(Replica replica) =>
        Live.WaitsFor(replica) || Scrub.Crew.WaitsFor(replica.Id) || Healing.Crew.WaitsFor(replica.Id);

    /// <summary>A replica's connection is gone, or its place.</summary>
    public void OnLost(Replica replica)
    {
        Live.OnLost(replica);
        Scrub.OnLost(replica);
        Healing.OnLost(replica);
    }

    /// <summary>False: nobody ever asked for that.</summary>
    public bool OnContexts(ReplicaId replica, in ContextsAckHeader ack)
    {
        foreach (var crew in _crews)
        {
            if (crew.OnContexts(replica, ack) is { } sound)
            {
                return sound;
            }
        }

        return _scope.WasAsked(ack.Job);
    }

    public ChunkRepair? FindReader(ReplicaId replica, JobId job)
    {
        foreach (var crew in _crews)
        {
            if (crew.FindReader(replica, job) is { } chunk)
            {
                return chunk;
            }
        }

        return null;
    }

    /// <summary>An acknowledgement of a job of our own. False: nobody ever asked for that.</summary>
    /// <param name="replica">Whose.</param>
    /// <param name="job">Of which job.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="fault">Why the replica can't be kept alike.</param>
    /// <param name="finished">The replica under repair has recorded that it is in sync.</param>
    public bool OnAck(Replica replica, JobId job, ErrorCode result, out string? fault, out bool finished)
    {
        if (Live.OnAck(replica, job, result, out fault, out finished))
        {
            return true;
        }

        var chunk = Scrub.Crew.FindWriter(replica.Id, job) ?? Healing.Crew.FindWriter(replica.Id, job);
        if (chunk is null)
        {
            return _scope.WasAsked(job);
        }

        fault = result == ErrorCode.None ? null : $"could not be mended: {result}";
        if (fault is null)
        {
            chunk.OnWritten();
        }

        return true;
    }

    public void Advance(Instant now)
    {
        BeginNext(now);
        Live.Advance(now);
        Scrub.Advance(now);
        Healing.Advance();
    }

    public void OnTick(Instant now)
    {
        Live.OnTick(now);
        Scrub.OnTick(now);
        Advance(now);
    }

    private void BeginNext(Instant now)
    {
        for (var left = _waiting.Count; left > 0 && Live.Target is null; left--)
        {
            var next = _waiting.Dequeue();
            if (next.State != ReplicaState.Learnt)
            {
                continue;
            }

            var missing = next.HasForgotten ? _replicas.Unaccounted(next) : null;
            if (missing is null && _replicas.ActiveMask.Count > 0)
            {
                Live.Begin(next, now);
                continue;
            }

            next.Cause = missing is null ? next.Cause : $"made anew, and waits for replica {missing.Id}, which may know of a later upstairs";
            _waiting.Enqueue(next);
        }
    }
}
