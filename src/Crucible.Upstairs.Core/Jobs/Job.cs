using System.Runtime.CompilerServices;
using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Where a job is with one replica.</summary>
public enum JobProgress : byte
{
    /// <summary>Not sent: the replica is away, or the job is a read that went elsewhere.</summary>
    NotSent,

    /// <summary>Sent and not answered.</summary>
    Sent,

    /// <summary>Answered: done.</summary>
    Done,

    /// <summary>Answered: done by one under repair, which does not count before it is in sync.</summary>
    Held,

    /// <summary>Answered: not done; or not to be asked again.</summary>
    Failed,
}

/// <summary>One unit of work. Pooled: an object serves many jobs, one after the other.</summary>
public sealed class Job
{
    private ProgressOfReplicas _progress;

    public JobId Id { get; internal set; }

    public RequestKind Kind { get; internal set; }

    public BlockIndex Start { get; internal set; }

    public uint BlockCount { get; internal set; }

    /// <summary>Which piece of its request it does.</summary>
    public int PieceIndex { get; internal set; }

    /// <summary>Which request it belongs to; 0 where the upstairs made it by itself.</summary>
    public GuestRequestId RequestId { get; internal set; }

    /// <summary>The request, until it is completed; null where the upstairs made the job by itself.</summary>
    public GuestRequest? Request { get; internal set; }

    public FlushNumber Flush { get; internal set; }

    public TraceContext Trace { get; internal set; }

    /// <summary>When it was made.</summary>
    public Instant IssuedAt { get; internal set; }

    /// <summary>Whether the guest has its answer, or nobody waits for one.</summary>
    public bool IsAnswered => Answered;

    /// <summary>What must come before it.</summary>
    public ref readonly JobDependencies Dependencies => ref DependenciesField;

    internal JobDependencies DependenciesField;

    internal BlockBuffer? Blocks { get; set; }

    internal BlockBuffer? Contexts { get; set; }

    internal int DoneCount { get; set; }

    /// <summary>No quorum has done it yet: <see cref="BackPressure"/>.</summary>
    internal bool InBacklog { get; set; }

    /// <summary>When a read was sent last.</summary>
    internal Instant SentAt { get; set; }

    /// <summary>The guest has its answer for this job, or nobody waits for one.</summary>
    internal bool Answered { get; set; }

    /// <summary>Nothing is left to do or to keep.</summary>
    internal bool Retired { get; set; }

    /// <summary>A read's data has arrived from the replica it was sent to and is being checked.</summary>
    internal bool Delivering { get; set; }

    /// <summary>Where it is with a replica.</summary>
    public JobProgress ProgressOf(ReplicaId replica) => _progress[replica.Value];

    internal bool IsMutating => !Kind.IsRead();

    internal long Bytes => Blocks?.Length ?? 0;

    internal ref JobProgress this[ReplicaId replica] => ref _progress[replica.Value];

    internal void Clear()
    {
        Blocks?.Dispose();
        Contexts?.Dispose();
        Blocks = null;
        Contexts = null;
        Request = null;
        DoneCount = 0;
        InBacklog = false;
        SentAt = default;
        Answered = false;
        Retired = false;
        Delivering = false;
        Flush = default;
        Trace = default;
        BlockCount = 0;
        DependenciesField = default;
        _progress = default;
    }

    [InlineArray(ReplicaId.Count)]
    private struct ProgressOfReplicas
    {
        private JobProgress _first;
    }
}
