namespace Crucible.Upstairs;

/// <summary>
/// Finds whom the others are made like: chosen by what all that were promoted have told, and proved where somebody else would do
/// as well, by reading there what would be copied. Where two can't tell, or the source can't read it all, the third is asked for.
/// </summary>
internal sealed class SourceSearch(
    UpstairsSettings settings, ReplicaSet replicas, RepairScope scope, Gathering gathering, GenerationChoice generation)
{
    private readonly SourceProof _proof = new(scope);
    private bool _isProving;

    /// <summary>What reads for the proof.</summary>
    public RepairCrew Crew => _proof.Crew;

    /// <summary>Forgets everything: activation begins again.</summary>
    public void Clear()
    {
        _proof.Clear();
        _isProving = false;
    }

    /// <summary>Goes on as far as it can.</summary>
    /// <param name="now">What time it is.</param>
    /// <param name="needsThird">Whether a third replica, where there is one, should take part.</param>
    /// <param name="problem">Why there will be no source; null: there may be one.</param>
    /// <returns>The source; null: not known yet.</returns>
    public Replica? Find(Instant now, out bool needsThird, out string? problem)
    {
        needsThird = false;
        problem = null;
        if (_isProving)
        {
            return Prove(now, out needsThird);
        }

        if (replicas.Count(ReplicaState.Promoting) + replicas.Count(ReplicaState.Learning) > 0
            || replicas.Count(ReplicaState.Learnt) < Retirement.Quorum)
        {
            return null;
        }

        var source = SourceChoice.Choose(replicas.All, generation.First, out var reason);
        if (source is null)
        {
            // The third may know what these two don't.
            needsThird = true;
            problem = replicas.Count(ReplicaState.Learnt) == ReplicaId.Count || gathering.IsOverdue(now) ? reason : null;
            return null;
        }

        // Read only nothing is copied, so there is nothing to prove.
        return settings.ReadOnly ? source : BeginProof(source, now, out needsThird);
    }

    private Replica? BeginProof(Replica source, Instant now, out bool needsThird)
    {
        needsThird = false;
        _proof.Choose(source);
        if (replicas.AllAre(ReplicaState.Learnt, replica => replica == source || SourceChoice.IsAlike(source, replica))
            || (!_proof.HasChoice && !MayAwaitThird(source, now)))
        {
            return source;
        }

        if (_proof.Rests(now) && MayAwaitThird(source, now))
        {
            needsThird = true;
            return null;
        }

        _isProving = true;
        _proof.Begin();
        return Prove(now, out needsThird);
    }

    private Replica? Prove(Instant now, out bool needsThird)
    {
        needsThird = false;
        if (!_proof.Advance(out var source, out var isWhole))
        {
            return null;
        }

        _isProving = false;
        if (!isWhole && MayAwaitThird(source, now))
        {
            _proof.Rest(now);
            needsThird = true;
            return null;
        }

        _proof.Clear();
        return source;
    }

    // Where two are there, and the source can't read all that the other one needs: the third may be the better source, and
    // the source's disk may do better next time. One that is under repair needs everything, and to look at all that takes long.
    private bool MayAwaitThird(Replica source, Instant now) =>
        replicas.Count(ReplicaState.Learnt) < ReplicaId.Count && !gathering.IsOverdue(now)
        && replicas.AllAre(ReplicaState.Learnt, replica => replica == source || !replica.Info!.Value.Repairing);
}
