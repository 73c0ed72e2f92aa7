using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>
/// When a job is acknowledged: a write once the batch it came in is in the journal, a flush once a sync that began after
/// that is done. Always in the order in which jobs came, so that an acknowledgement never overtakes an earlier failure.
/// </summary>
internal sealed class Acknowledgements(IDownstairsOutput output, Action<ErrorCode> onFailed)
{
    private readonly PendingJobs _uncommitted = new();
    private readonly PendingJobs _unsynced = new();
    private int _inSync;

    /// <summary>A job or a sync failed: the region is no longer a prefix if it takes another job (the prefix rule, I10).</summary>
    public bool Faulted { get; private set; }

    /// <summary>What waits for its batch to be in the journal.</summary>
    public PendingJobs Uncommitted => _uncommitted;

    /// <summary>What waits for the journal to be durable.</summary>
    public PendingJobs Unsynced => _unsynced;

    public bool NeedsCommit => _uncommitted.Count > 0;

    public void Add(Peer from, JobId job, bool durable = false, ErrorCode result = ErrorCode.None) =>
        _uncommitted.Add(new PendingJob(from, job, durable && result == ErrorCode.None, result));

    public void OnCommitted(ErrorCode result)
    {
        if (result != ErrorCode.None)
        {
            Fail(result);
        }

        var waits = false;
        while (_uncommitted.Count > 0)
        {
            var job = _uncommitted.Take();
            var outcome = job.Result != ErrorCode.None ? job.Result : result;
            if (job.Durable && outcome == ErrorCode.None)
            {
                _unsynced.Add(job);
                waits = true;
            }
            else
            {
                Send(job, outcome);
            }
        }

        if (waits)
        {
            output.RequestSync();
        }
    }

    public bool OnSyncStarted()
    {
        Invariant.Require(_inSync == 0);
        _inSync = _unsynced.Count;
        return _inSync > 0;
    }

    public void OnSynced(ErrorCode result)
    {
        if (result != ErrorCode.None)
        {
            Fail(result);
        }

        for (; _inSync > 0; _inSync--)
        {
            Send(_unsynced.Take(), Faulted && result == ErrorCode.None ? ErrorCode.RegionFaulted : result);
        }

        // A failed sync is never tried again: what waited for the next one has failed too (I10).
        while (Faulted && _unsynced.Count > 0)
        {
            Send(_unsynced.Take(), ErrorCode.RegionFaulted);
        }
    }

    /// <summary>Notes a failure; the first one is told.</summary>
    public void Fail(ErrorCode result)
    {
        if (!Faulted)
        {
            Faulted = true;
            onFailed(result);
        }
    }

    private void Send(in PendingJob job, ErrorCode result)
    {
        if (job.From.State != ConnectionState.Ended)
        {
            output.SendAck(job.From, new JobAckHeader(job.Job, result));
        }
    }
}
