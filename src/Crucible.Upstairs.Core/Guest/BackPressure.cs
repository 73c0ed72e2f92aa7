namespace Crucible.Upstairs;

/// <summary>
/// When a guest's next change waits, so that nobody falls too far behind it. It has two parts.
/// <para>
/// The backlog: jobs that fewer than a quorum have done. A guest whose writes are acknowledged before that would run ahead of
/// its replicas, and its next flush would wait for all of it; so where the backlog is full its next change waits.
/// </para>
/// <para>
/// The lag of a replica that is not needed for a quorum now. Once another one breaks it is needed, and the guest waits until
/// it has caught up; so changes are delayed, each by no more than <see cref="UpstairsSettings.LagDelay"/>, while a replica
/// owes too much. That ends after <see cref="UpstairsSettings.SlowAfter"/>: one that can't keep up then, or does nothing at
/// all, is not what a guest is held back for.
/// </para>
/// </summary>
internal sealed class BackPressure(UpstairsSettings settings, ReplicaSet replicas)
{
    private long _bytes;
    private int _jobs;
    private Instant _laggingSince = Instant.Never;

    /// <summary>Whether a change waits.</summary>
    public bool Holds(GuestRequest request, Instant now) =>
        _jobs >= settings.MaxBacklogJobs
        || _bytes >= settings.MaxBacklogBytes
        || (Lags(now) && now - request.SubmittedAt < settings.LagDelay && now - _laggingSince < settings.SlowAfter);

    /// <summary>A job that changes something was made.</summary>
    public void Add(Job job)
    {
        job.InBacklog = true;
        _jobs++;
        _bytes += job.Bytes;
    }

    /// <summary>A quorum has done it, or nobody ever will.</summary>
    public void Remove(Job job)
    {
        if (job.InBacklog)
        {
            job.InBacklog = false;
            _jobs--;
            _bytes -= job.Bytes;
        }
    }

    // It begins at the limit and ends at half of it.
    private bool Lags(Instant now)
    {
        var wasLagging = _laggingSince != Instant.Never;
        foreach (var replica in replicas.All)
        {
            if (replica.State == ReplicaState.Active && Owes(replica, wasLagging ? 2 : 1))
            {
                _laggingSince = wasLagging ? _laggingSince : now;
                return true;
            }
        }

        _laggingSince = Instant.Never;
        return false;
    }

    private bool Owes(Replica replica, int part) =>
        replica.OutstandingJobs > settings.MaxLagJobs / part || replica.OutstandingBytes > settings.MaxLagBytes / part;
}
