using System.Numerics;

namespace Crucible.Upstairs;

/// <summary>
/// The jobs from the oldest that is still needed to the newest, by id: a ring, since ids are consecutive. Objects of dropped
/// jobs serve the next ones, so there are never more of them than jobs were in the table at once.
/// </summary>
internal sealed class JobTable
{
    private readonly Job?[] _ring;
    private readonly Stack<Job> _free = new();
    private readonly ulong _mask;

    /// <param name="capacity">Most jobs at once; rounded up to a power of two.</param>
    public JobTable(int capacity)
    {
        _ring = new Job?[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = (ulong)_ring.Length - 1;
    }

    /// <summary>The oldest job still needed; equal to <see cref="Next"/> where there is none.</summary>
    public JobId Oldest { get; private set; } = JobId.First;

    /// <summary>The id that the next job gets.</summary>
    public JobId Next { get; private set; } = JobId.First;

    /// <summary>Jobs from oldest to newest, retired ones in between included.</summary>
    public int Count => (int)(Next.Value - Oldest.Value);

    public int Capacity => _ring.Length;

    /// <summary>Bytes of blocks that jobs hold.</summary>
    public long HeldBytes { get; set; }

    /// <summary>Adds the next job; there must be room.</summary>
    public Job Add(RequestKind kind)
    {
        Invariant.Require(Count < _ring.Length);
        var job = _free.TryPop(out var free) ? free : new Job();
        job.Id = Next;
        job.Kind = kind;
        _ring[Next.Value & _mask] = job;
        Next = Next.Next();
        return job;
    }

    /// <summary>The job, unless it was dropped or never made.</summary>
    public Job? Find(JobId id) => id >= Oldest && id < Next ? _ring[id.Value & _mask] : null;

    /// <summary>The job, which is in the table.</summary>
    public Job this[JobId id]
    {
        get
        {
            Invariant.Require(id >= Oldest && id < Next);
            return _ring[id.Value & _mask]!;
        }
    }

    /// <summary>Drops retired jobs from the old end.</summary>
    public void DropRetired()
    {
        while (Oldest < Next && _ring[Oldest.Value & _mask] is { Retired: true } job)
        {
            job.Clear();
            _ring[Oldest.Value & _mask] = null;
            _free.Push(job);
            Oldest = Oldest.Next();
        }
    }
}
