namespace Crucible.Upstairs;

/// <summary>
/// Looks at a source before it is copied from: whether it can read every block of the extents in which others differ. What it
/// can't read would be lost on the others too.
/// </summary>
internal sealed class SourceProof(RepairScope scope)
{
    private const int ChunksAtOnce = 4;

    private RegionWalk? _walk;

    public RepairCrew Crew { get; } = new(scope, ChunksAtOnce);

    /// <summary>Who is looked at; null: nobody.</summary>
    public Replica? Candidate { get; private set; }

    /// <summary>Blocks that the candidate can't read.</summary>
    public ulong BadBlocks { get; private set; }

    /// <summary>Begins to look at one.</summary>
    /// <param name="candidate">At whom.</param>
    /// <param name="skips">Whether an extent is alike on all, so that nothing of it will be copied.</param>
    public void Begin(Replica candidate, Func<uint, bool> skips)
    {
        Candidate = candidate;
        BadBlocks = 0;
        _walk = new RegionWalk(scope.Definition, skips);
    }

    public void Clear()
    {
        if (_walk is not null)
        {
            Crew.Abandon(_walk);
        }

        (Candidate, _walk) = (null, null);
    }

    /// <summary>Goes on as far as it can; true once everything was looked at.</summary>
    public bool Advance()
    {
        var busy = false;
        foreach (var chunk in Crew.Chunks)
        {
            while (chunk.IsDone || (chunk.IsIdle && TryBegin(chunk)))
            {
                if (chunk.IsDone)
                {
                    BadBlocks += chunk.BadBlocks;
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

        chunk.Begin(next, default(ReplicaMask).With(Candidate!.Id), source: null, target: null, verify: true, pace: null);
        return true;
    }
}
