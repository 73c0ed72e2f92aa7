namespace Crucible.Upstairs;

/// <summary>
/// Walks over the region while the guest runs, and makes it on one replica what it is on another, several chunks at once and no
/// faster than the guest's answers allow. Where the source is lost the walk goes on from another one; whole chunks stay done.
/// </summary>
internal sealed class LiveWalk
{
    private const int ChunksAtOnce = 16;

    private static readonly TimeSpan LookFirst = TimeSpan.FromMilliseconds(400);

    private readonly RepairScope _scope;
    private readonly ReplicaSet _replicas;
    private readonly GuestLatency _latency;
    private RepairPace _pace;
    private RegionWalk? _walk;
    private Instant _startedAt;
    private ulong _badBlocks;
    private bool _holds;

    /// <param name="scope">What repair works with.</param>
    /// <param name="replicas">The three.</param>
    /// <param name="latency">What the guest notices.</param>
    public LiveWalk(RepairScope scope, ReplicaSet replicas, GuestLatency latency)
    {
        _scope = scope;
        _replicas = replicas;
        _latency = latency;
        _pace = new RepairPace(latency);
        Crew = new RepairCrew(scope, ChunksAtOnce);
    }

    public RepairCrew Crew { get; }

    /// <summary>Who is made alike; null: nobody.</summary>
    public Replica? Target { get; private set; }

    /// <summary>From whom; null while there is nobody.</summary>
    public Replica? Source { get; private set; }

    /// <summary>Blocks are copied: what the guest sees now is not what is usual.</summary>
    public bool IsCopying => Target is not null && !_holds;

    /// <summary>How far it is; null: nobody is made alike.</summary>
    public RepairProgress? ProgressAt(Instant now) => Target is null || _walk is null ? null : new RepairProgress(
        Target.Id,
        Source?.Id,
        _scope.Definition.TotalBytes,
        _walk.FinishedBytes,
        Target.RepairedBlocks * _scope.Definition.BlockSizeBytes,
        _walk.LeftBytes,
        _badBlocks,
        now - _startedAt,
        _pace.BytesPerSecond);

    /// <summary>From now on there is a target, and time passes for it; the first chunk begins with <see cref="Advance"/>.</summary>
    public void Begin(Replica target, Instant now)
    {
        Target = target;
        target.RepairedBlocks = 0;
        _pace = new RepairPace(_latency);
        _startedAt = now;
        _badBlocks = 0;
        _walk = new RegionWalk(_scope.Definition, static _ => false);

        // Without knowing what is usual there is nothing to hold the guest's times against: look at them first.
        _holds = _latency.Usual is null;
    }

    /// <summary>Goes on as far as it can; true once the whole region is alike.</summary>
    public bool Advance(Instant now)
    {
        Source ??= ChooseSource();
        if (Source is null)
        {
            return false;
        }

        Source.IsCopiedFrom = true;
        if (!_holds)
        {
            _pace.Refill(now);
        }

        var busy = false;
        foreach (var chunk in Crew.Chunks)
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

        return !busy;
    }

    /// <summary>Time passes while it walks.</summary>
    public void OnTick(Instant now)
    {
        _holds &= now - _startedAt < LookFirst;
        if (!_holds)
        {
            _pace.OnTick(now);
        }
    }

    /// <summary>Another replica than the target is not what it was. True: it was the source.</summary>
    public bool OnLost(Replica replica)
    {
        Crew.Abandon(_walk!, replica.Id);
        if (replica != Source)
        {
            return false;
        }

        ForgetSource();
        return true;
    }

    /// <summary>Forgets the target, and all that is under way.</summary>
    public void End()
    {
        if (_walk is not null)
        {
            Crew.Abandon(_walk);
        }

        ForgetSource();
        Target = null;
        _walk = null;
    }

    private bool TryBegin(ChunkRepair chunk)
    {
        if (!_walk!.TryNext(out var next))
        {
            return false;
        }

        chunk.Begin(next, default(ReplicaMask).With(Source!.Id).With(Target!.Id), Source, Target, verify: false, _pace);
        return true;
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

    private void ForgetSource()
    {
        if (Source is not null)
        {
            Source.IsCopiedFrom = false;
            Source = null;
        }
    }
}
