namespace Crucible.Upstairs;

/// <summary>
/// Goes over the whole region beside the guest: every active replica holds its data against its contexts, the contexts are
/// compared, and what is damaged or differs is mended from the others. One at a time; bounded in rate.
/// </summary>
internal sealed class Scrub(UpstairsSettings settings, RepairScope scope, ReplicaSet replicas, GuestLatency latency)
{
    private const int ChunksAtOnce = 2;

    private readonly RepairCrew _crew = new(scope, ChunksAtOnce);
    private RegionWalk? _walk;
    private RepairPace? _pace;
    private bool _verify;
    private Instant _startedAt;
    private Instant _endedAt;
    private ulong _mendedBlocks;
    private ulong _badBlocks;

    public RepairCrew Crew => _crew;

    public bool IsRunning { get; private set; }

    /// <summary>How many have begun: which one <see cref="ProgressAt"/> tells of.</summary>
    public int Number { get; private set; }

    /// <summary>How far the last one is or how it ended; null: there was none.</summary>
    public ScrubProgress? ProgressAt(Instant now) => _walk is null ? null : new ScrubProgress(
        Number,
        IsRunning,
        scope.Definition.TotalBytes,
        _walk.FinishedBytes,
        _mendedBlocks,
        _badBlocks,
        (IsRunning ? now : _endedAt) - _startedAt);

    /// <summary>Begins one; the one before must have ended.</summary>
    /// <param name="bytesPerSecond">Most bytes of the region looked at a second; 0: what the guest does not notice.</param>
    /// <param name="verify">Look at the data too, not at the contexts alone.</param>
    /// <param name="now">What time it is.</param>
    public void Begin(long bytesPerSecond, bool verify, Instant now)
    {
        Invariant.Require(!IsRunning);
        _walk = new RegionWalk(scope.Definition, static _ => false);
        _pace = new RepairPace(latency, bytesPerSecond);
        _verify = verify;
        _startedAt = now;
        _mendedBlocks = 0;
        _badBlocks = 0;
        Number++;
        IsRunning = true;
    }

    /// <summary>A replica is not active any more: what it took part in is looked at again without it.</summary>
    public void OnLost(Replica replica)
    {
        if (IsRunning)
        {
            _crew.Abandon(_walk!, replica.Id);
        }
    }

    /// <summary>Goes on as far as it can. It rests while fewer than two replicas are active.</summary>
    public void Advance(Instant now)
    {
        if (!IsRunning)
        {
            return;
        }

        var busy = false;
        foreach (var chunk in _crew.Chunks)
        {
            chunk.Resume();
            if (chunk.IsDone)
            {
                _mendedBlocks += chunk.CopiedBlocks;
                _badBlocks += chunk.BadBlocks;
                _walk!.Finish(chunk.Chunk);
                chunk.Collect();
            }

            busy |= chunk.IsBusy || TryBegin(chunk);
        }

        if (!busy && _walk!.LeftBytes == 0)
        {
            IsRunning = false;
            _endedAt = now;
        }
    }

    /// <summary>Ends it where it is.</summary>
    public void End(Instant now)
    {
        if (IsRunning)
        {
            _crew.Abandon(_walk!);
            IsRunning = false;
            _endedAt = now;
        }
    }

    public void OnTick(Instant now)
    {
        if (IsRunning)
        {
            _pace!.OnTick(now);
            Advance(now);
        }
        else if (settings.ScrubInterval > TimeSpan.Zero && !settings.ReadOnly)
        {
            _endedAt = _endedAt == default ? now : _endedAt;
            if (now - _endedAt >= settings.ScrubInterval)
            {
                Begin(settings.ScrubBytesPerSecond, verify: true, now);
            }
        }
    }

    private bool TryBegin(ChunkRepair chunk)
    {
        var active = replicas.ActiveMask;
        if (active.Count < 2 || !_pace!.HasLeave || !_walk!.TryNext(out var next))
        {
            return false;
        }

        _pace.TryTake((long)next.Count * scope.Definition.BlockSizeBytes);
        chunk.Begin(next, active, source: null, target: null, _verify, pace: null);
        return true;
    }
}

/// <summary>How far a scrub is, or how it ended.</summary>
/// <param name="Number">Which scrub of this volume's life in this process, from 1.</param>
/// <param name="IsRunning">It has not ended.</param>
/// <param name="TotalBytes">Bytes of the region.</param>
/// <param name="ComparedBytes">Bytes looked at on every active replica.</param>
/// <param name="MendedBlocks">Blocks that were damaged on a replica or differed there, and were copied from another.</param>
/// <param name="BadBlocks">Blocks that no replica could tell: reading them is an error until they are written.</param>
/// <param name="Elapsed">Since it began, until it ended.</param>
public readonly record struct ScrubProgress(
    int Number, bool IsRunning, ulong TotalBytes, ulong ComparedBytes, ulong MendedBlocks, ulong BadBlocks, TimeSpan Elapsed);
