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
    public bool Faulted => Refusal != ErrorCode.None;

    /// <summary>
    /// What every later job that changes or flushes the region is answered with: no space, where only that is missing,
    /// otherwise region faulted; none as long as nothing failed.
    /// </summary>
    public ErrorCode Refusal { get; private set; }

    private bool IsUntrusted => Refusal == ErrorCode.RegionFaulted;

    /// <summary>What time it is when jobs come. Told on, and never decided by.</summary>
    public Instant Now { private get; set; }

    /// <summary>What waits for its batch to be in the journal.</summary>
    public PendingJobs Uncommitted => _uncommitted;

    /// <summary>What waits for the journal to be durable.</summary>
    public PendingJobs Unsynced => _unsynced;

    public bool NeedsCommit => _uncommitted.Count > 0;

    public void Add(Peer from, JobId job, bool durable = false, ErrorCode result = ErrorCode.None)
    {
        var pending = new PendingJob(from, job, durable && result == ErrorCode.None, result, Now);
        if (Planted.Is(PlantedBug.AcknowledgeBeforeJournal) && !durable)
        {
            Send(pending, result);
            return;
        }

        _uncommitted.Add(pending);
    }

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
            if (job.Durable && outcome == ErrorCode.None && !Planted.Is(PlantedBug.AcknowledgeFlushBeforeSync))
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
            Send(_unsynced.Take(), IsUntrusted && result == ErrorCode.None ? ErrorCode.RegionFaulted : result);
        }

        // A failed sync is never tried again: what waited for the next one has failed too (I10).
        while (IsUntrusted && _unsynced.Count > 0)
        {
            Send(_unsynced.Take(), ErrorCode.RegionFaulted);
        }
    }

    /// <summary>Notes a failure of the region itself; the first one is told.</summary>
    public void Fail(ErrorCode result)
    {
        if (!IsUntrusted)
        {
            Refusal = ErrorCode.RegionFaulted;
            onFailed(result);
        }
    }

    /// <summary>Notes that a job found no room: what came before it is as good as ever, and no later one may be taken.</summary>
    public void FailForRoom()
    {
        if (!Faulted)
        {
            Refusal = ErrorCode.NoSpace;
            onFailed(ErrorCode.NoSpace);
        }
    }

    /// <summary>There is room again, and a new activation will repair what is missing: jobs are taken from now on.</summary>
    public void Recover()
    {
        Invariant.Require(!IsUntrusted);
        Refusal = ErrorCode.None;
    }

    private void Send(in PendingJob job, ErrorCode result)
    {
        if (job.From.State != ConnectionState.Ended)
        {
            output.SendAck(job.From, new JobAckHeader(job.Job, result));
        }
    }
}
