namespace Crucible.Downstairs;

/// <summary>A job that waits for its acknowledgement.</summary>
/// <param name="From">Who sent it.</param>
/// <param name="Job">Which.</param>
/// <param name="Durable">It is acknowledged only once everything before it is durable.</param>
/// <param name="Result">What is known already: anything but none is a refusal.</param>
/// <param name="Since">When it came.</param>
internal readonly record struct PendingJob(Peer From, JobId Job, bool Durable, ErrorCode Result, Instant Since);

/// <summary>A first-in-first-out ring that keeps its memory: nothing is allocated once it has its size.</summary>
internal sealed class PendingJobs
{
    private PendingJob[] _ring = new PendingJob[64];
    private int _head;

    public int Count { get; private set; }

    /// <summary>The job that came so many after the oldest.</summary>
    public PendingJob this[int index] => _ring[(_head + index) & (_ring.Length - 1)];

    public void Add(in PendingJob job)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + Count++) & (_ring.Length - 1)] = job;
    }

    public PendingJob Take()
    {
        Invariant.Require(Count > 0);
        var job = _ring[_head];
        _ring[_head] = default;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
        return job;
    }

    private void Grow()
    {
        var larger = new PendingJob[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        }

        _ring = larger;
        _head = 0;
    }
}
