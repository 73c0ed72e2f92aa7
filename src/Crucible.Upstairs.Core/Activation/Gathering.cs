namespace Crucible.Upstairs;

/// <summary>
/// Waits until enough replicas have greeted to activate the volume: two, and for a short while the third. Knows since when
/// the activation is under way, and so when it has taken too long.
/// </summary>
internal sealed class Gathering(UpstairsSettings settings, ReplicaSet replicas)
{
    private Instant _startedAt;
    private Instant _quorumSince = Instant.Never;

    public void Start(Instant now) => _startedAt = now;

    /// <summary>The activation begins again with those that are left: the third has been waited for since now.</summary>
    public void Restart(Instant now) => _quorumSince = now;

    /// <summary>Whether the activation may not wait for anything any more.</summary>
    public bool IsOverdue(Instant now) => now - _startedAt >= settings.ActivationTimeout;

    /// <summary>Whether those that are there should begin now.</summary>
    /// <param name="now">What time it is.</param>
    /// <param name="problem">Why there is nothing to wait for any more; null: there is.</param>
    public bool IsComplete(Instant now, out string? problem)
    {
        problem = null;
        var ready = replicas.Count(ReplicaState.Waiting);
        if (ready < Retirement.Quorum)
        {
            _quorumSince = Instant.Never;
            problem = IsOverdue(now) ? DescribeAbsent() : null;
            return false;
        }

        _quorumSince = Instant.Min(_quorumSince, now);
        return ready == ReplicaId.Count || now - _quorumSince >= settings.ActivationGrace;
    }

    private string DescribeAbsent()
    {
        var text = "fewer than two of three replicas are there";
        foreach (var replica in replicas.All)
        {
            if (replica.State != ReplicaState.Waiting)
            {
                text += $"; replica {replica.Id}: {replica.Cause}";
            }
        }

        return text;
    }
}
