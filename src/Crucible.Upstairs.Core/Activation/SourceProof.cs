namespace Crucible.Upstairs;

/// <summary>
/// Looks at those that may be the source before anything is copied from one, the best first: whether it can read every block
/// of the extents in which others differ. What it can't read would be lost on the others too.
/// </summary>
internal sealed class SourceProof(RepairScope scope)
{
    private const int ChunksAtOnce = 4;

    /// <summary>A disk that failed once may do better, and is looked at again after so long.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly List<Replica> _candidates = [];
    private int _at;
    private Instant _againAt;
    private ulong _badBlocks;
    private RegionWalk? _walk;

    public RepairCrew Crew { get; } = new(scope, ChunksAtOnce);

    /// <summary>Whether there is more than one that may be the source.</summary>
    public bool HasChoice => _candidates.Count > 1;

    /// <summary>Takes down who may be the source: the one that was chosen, and those that may take its place.</summary>
    public void Choose(Replica source)
    {
        _candidates.Clear();
        _candidates.Add(source);
        foreach (var replica in scope.Replicas)
        {
            if (SourceChoice.MayReplace(scope.Replicas, source, replica))
            {
                _candidates.Add(replica);
            }
        }
    }

    /// <summary>Whether it has just turned out that none of two can read everything, and it is too early to look again.</summary>
    public bool Rests(Instant now) => now < _againAt;

    /// <summary>Begins with the first of those that were taken down.</summary>
    public void Begin() => Look(0);

    /// <summary>None of them will do now: nothing is looked at for a while.</summary>
    public void Rest(Instant now)
    {
        Clear();
        _againAt = now + LookAgainAfter;
    }

    public void Clear()
    {
        if (_walk is not null)
        {
            Crew.Abandon(_walk);
        }

        _walk = null;
        _againAt = default;
    }

    /// <summary>Goes on as far as it can; true once it is known who should be the source.</summary>
    /// <param name="source">The first that can read everything; where nobody can, the one that was chosen.</param>
    /// <param name="isWhole">Whether it can read everything.</param>
    public bool Advance(out Replica source, out bool isWhole)
    {
        while (true)
        {
            var isLooked = Walk();
            isWhole = _badBlocks == 0;
            source = _candidates[isWhole ? _at : 0];
            if (!isLooked || isWhole || _at + 1 == _candidates.Count)
            {
                return isLooked;
            }

            Look(_at + 1);
        }
    }

    private void Look(int candidate)
    {
        _at = candidate;
        _badBlocks = 0;
        _walk = new RegionWalk(scope.Definition, IsAlikeEverywhere);
    }

    private bool IsAlikeEverywhere(uint extent)
    {
        foreach (var replica in scope.Replicas)
        {
            if (replica.State == ReplicaState.Learnt && replica != _candidates[_at]
                && SourceChoice.MayDiffer(_candidates[_at], replica, new ExtentId(extent)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Walk()
    {
        var busy = false;
        foreach (var chunk in Crew.Chunks)
        {
            while (chunk.IsDone || (chunk.IsIdle && TryBegin(chunk)))
            {
                if (chunk.IsDone)
                {
                    _badBlocks += chunk.BadBlocks;
                    chunk.Collect();
                }
            }

            busy |= chunk.IsBusy;
        }

        return !busy;
    }

    private bool TryBegin(ChunkRepair chunk)
    {
        if (!_walk!.TryNext(out var next))
        {
            return false;
        }

        chunk.Begin(next, default(ReplicaMask).With(_candidates[_at].Id), source: null, target: null, verify: true, pace: null);
        return true;
    }
}
