namespace Crucible.Upstairs;

/// <summary>
/// Which jobs may be dropped: those before a flush that is done by a quorum and by every replica that keeps its place.
/// </summary>
internal sealed class Retirement(ReplicaSet replicas, JobTable jobs, IUpstairsOutput output, BackPressure pressure)
{
    /// <summary>Replicas that must have done a job before it counts as done.</summary>
    public const int Quorum = 2;

    private readonly Queue<JobId> _flushes = new();

    /// <summary>The oldest job that changes something and was not dropped; replay begins here.</summary>
    public JobId Oldest { get; private set; } = JobId.First;

    public int FlushCount => _flushes.Count;

    public void Add(Job flush) => _flushes.Enqueue(flush.Id);

    /// <summary>The oldest flush that jobs wait for.</summary>
    public bool TryPeek(out Job flush)
    {
        var any = _flushes.TryPeek(out var id);
        flush = any ? jobs[id] : null!;
        return any;
    }

    /// <summary>Retires what may be by now.</summary>
    public void RetireFlushed()
    {
        while (_flushes.TryPeek(out var flush) && IsDoneEverywhere(jobs[flush]))
        {
            _flushes.Dequeue();
            for (var id = Oldest; id <= flush; id = id.Next())
            {
                if (jobs.Find(id) is { IsMutating: true, Retired: false } job)
                {
                    Retire(job);
                }
            }

            Oldest = flush.Next();
        }

        jobs.DropRetired();
    }

    /// <summary>Drops a job, buffers and all. Replicas that have not answered it yet may still do so.</summary>
    public void Retire(Job job)
    {
        if (job.Kind == RequestKind.Write)
        {
            jobs.HeldBytes -= job.Bytes;
        }

        foreach (var replica in replicas.All)
        {
            if (job[replica.Id] == JobProgress.Sent)
            {
                replica.Strays.Add(job.Id, job.Bytes);
            }
        }

        pressure.Remove(job);
        job.Retired = true;
        output.JobRetired(job.Id, job.RequestId);
        job.Blocks?.Dispose();
        job.Contexts?.Dispose();
        job.Blocks = null;
        job.Contexts = null;
    }

    /// <summary>Every job was dropped.</summary>
    public void Clear()
    {
        _flushes.Clear();
        Oldest = jobs.Next;
    }

    private bool IsDoneEverywhere(Job flush)
    {
        if (flush.DoneCount < Quorum)
        {
            return false;
        }

        foreach (var replica in replicas.All)
        {
            if (replica.KeepsPlace && flush[replica.Id] != JobProgress.Done && !Planted.Is(PlantedBug.RetireEarly))
            {
                return false;
            }
        }

        return true;
    }
}
