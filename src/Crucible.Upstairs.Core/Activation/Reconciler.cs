using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Makes replicas like the source before the volume is active: no guest yet, so each extent whose versions agree is alike,
/// and the versions learnt at the beginning hold to the end. One target after the other.
/// </summary>
internal sealed class Reconciler(RepairScope scope)
{
    private const int ChunksAtOnce = 4;

    private readonly RepairCrew _crew = new(scope, ChunksAtOnce);
    private readonly VersionCopy _versions = new(scope);
    private readonly Queue<Replica> _targets = new();
    private Replica? _source;
    private Replica? _target;
    private RegionWalk? _walk;
    private JobId _beginJob;
    private Instant _startedAt;
    private bool _begun;
    private bool _walked;

    public RepairCrew Crew => _crew;

    public bool IsDone => _target is null && _targets.Count == 0;

    /// <summary>How far it is; null: nothing is copied.</summary>
    public RepairProgress? ProgressAt(Instant now) => _target is null || _walk is null ? null : new RepairProgress(
        _target.Id,
        _source!.Id,
        scope.Definition.TotalBytes,
        _walk.FinishedBytes,
        _target.RepairedBlocks * scope.Definition.BlockSizeBytes,
        _walk.LeftBytes,
        0,
        now - _startedAt,
        0);

    public bool WaitsFor(Replica replica) => _crew.WaitsFor(replica.Id) || _versions.WaitsFor(replica.Id)
        || (replica == _target && !_begun);

    public void Begin(Replica source, Instant now)
    {
        _source = source;
        _startedAt = now;
    }

    public void Add(Replica target) => _targets.Enqueue(target);

    /// <summary>Forgets everything: activation begins again.</summary>
    public void Clear()
    {
        if (_walk is not null)
        {
            _crew.Abandon(_walk);
        }

        _versions.Abandon();
        _targets.Clear();
        (_source, _target, _walk) = (null, null, null);
    }

    /// <summary>Goes on as far as it can.</summary>
    public void Advance()
    {
        while (true)
        {
            if (_target is null && !TryBeginNext())
            {
                return;
            }

            if (!_begun || !Walk() || !_versions.Advance())
            {
                return;
            }

            _target = null;
        }
    }

    /// <summary>An acknowledgement. False: not one of its jobs.</summary>
    public bool OnAck(Replica replica, JobId job, ErrorCode result, out string? fault)
    {
        fault = null;
        if (replica != _target)
        {
            return false;
        }

        var chunk = _crew.FindWriter(replica.Id, job);
        if (chunk is null && !_versions.TryAcknowledge(replica.Id, job) && (_begun || job != _beginJob))
        {
            return false;
        }

        if (result != ErrorCode.None)
        {
            fault = $"could not be repaired: {result}";
            return true;
        }

        chunk?.OnWritten();
        _begun = true;
        return true;
    }

    private bool TryBeginNext()
    {
        if (!_targets.TryDequeue(out _target))
        {
            return false;
        }

        var (source, target) = (_source!, _target);
        target.RepairedBlocks = 0;
        _walk = new RegionWalk(scope.Definition, extent => !SourceChoice.MayDiffer(source, target, new ExtentId(extent)));
        _versions.Begin(target, source.Versions, target.Versions, static _ => false);
        _begun = false;
        _walked = false;
        _beginJob = scope.NextJob();
        scope.Output.Send(target.Id, new BeginRepairHeader(scope.Generation, _beginJob));
        return true;
    }

    // Whether all of it is alike.
    private bool Walk()
    {
        if (_walked)
        {
            return true;
        }

        var busy = false;
        foreach (var chunk in _crew.Chunks)
        {
            while (chunk.IsDone || (chunk.IsIdle && TryBegin(chunk)))
            {
                if (chunk.IsDone)
                {
                    _walk!.Finish(chunk.Chunk);
                    chunk.Collect();
                }
            }

            busy |= chunk.IsBusy;
        }

        _walked = !busy;
        return _walked;
    }

    private bool TryBegin(ChunkRepair chunk)
    {
        if (!_walk!.TryNext(out var next))
        {
            return false;
        }

        // A third one takes part: where the source can't read a block, whoever has the same context has it too.
        var participants = default(ReplicaMask);
        foreach (var replica in scope.Replicas)
        {
            participants = replica.State is ReplicaState.Learnt or ReplicaState.Reconciling ? participants.With(replica.Id) : participants;
        }

        chunk.Begin(next, participants, _source, _target, verify: false, pace: null);
        return true;
    }
}
