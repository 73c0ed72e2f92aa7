using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Makes jobs of requests: gives each its number and what it depends on, and sends what changes something to every replica
/// that takes jobs, in order. The stream that results is the same for all of them.
/// </summary>
internal sealed class JobIssue(
    ReplicaSet replicas, JobTable jobs, IUpstairsOutput output, JobSender sender, Retirement retirement, ReadRouting reads,
    BackPressure pressure)
{
    private readonly WriterMap _writers = new();
    private JobId _sinceFlush = JobId.First;

    /// <summary>What must know which blocks the guest writes; set once at the start.</summary>
    public RepairWork Repairs { get; set; } = null!;

    /// <summary>The number of the next flush; set at activation.</summary>
    public FlushNumber NextFlush { get; set; } = new(1);

    /// <summary>Whether something was written since the last flush was issued.</summary>
    public bool HasUnflushed { get; private set; }

    /// <summary>When something was written last.</summary>
    public Instant LastWrite { get; private set; }

    /// <summary>The last job that was sent to every replica.</summary>
    public JobId LastMutating { get; private set; } = new(JobId.First.Value - 1);

    /// <summary>Jobs made since the last flush.</summary>
    public long SinceFlush => (long)(jobs.Next.Value - _sinceFlush.Value);

    /// <summary>Makes the jobs of a read, write, zeroing or discard.</summary>
    public void Issue(GuestRequest request, Instant now)
    {
        request.FirstJob = jobs.Next;
        request.JobCount = request.PieceCount;
        for (var i = 0; i < request.PieceCount; i++)
        {
            IssuePiece(request, i, now);
        }

        request.ForgetBuffers();
        if (!request.Kind.IsRead())
        {
            LastWrite = now;
            HasUnflushed = true;
        }
    }

    /// <summary>Makes a flush.</summary>
    /// <param name="request">Who asked for it; null: nobody.</param>
    /// <param name="now">What time it is.</param>
    /// <returns>Which job it is.</returns>
    public JobId IssueFlush(GuestRequest? request, Instant now)
    {
        var job = jobs.Add(RequestKind.Flush);
        job.Flush = NextFlush;
        job.IssuedAt = now;
        if (!Planted.Is(PlantedBug.FlushNumberNotRaised))
        {
            NextFlush = NextFlush.Next();
        }

        job.DependenciesField = JobDependencies.Between(_sinceFlush, job.Id);
        _sinceFlush = job.Id.Next();
        HasUnflushed = false;
        retirement.Add(job);
        if (request is not null)
        {
            job.Request = request;
            job.RequestId = request.Id;
            job.Trace = request.Trace;
            request.FirstJob = job.Id;
            request.JobCount = 1;
        }
        else
        {
            job.RequestId = default;
            job.Answered = true;
        }

        output.JobIssued(job);
        SendToAll(job, now);
        return job.Id;
    }

    /// <summary>Every job was dropped.</summary>
    public void Clear()
    {
        _sinceFlush = jobs.Next;
        HasUnflushed = false;
    }

    private void IssuePiece(GuestRequest request, int index, Instant now)
    {
        ref readonly var piece = ref request.Pieces[index];
        var job = jobs.Add(request.Kind);
        job.Start = piece.Start;
        job.BlockCount = piece.BlockCount;
        job.PieceIndex = index;
        job.IssuedAt = now;
        job.Request = request;
        job.RequestId = request.Id;
        job.Trace = request.Trace;
        job.Blocks = piece.Blocks;
        job.Contexts = piece.Contexts;
        switch (request.Kind)
        {
            case RequestKind.Read:
                _writers.AddOverlaps(piece.Start, piece.BlockCount, retirement.Oldest, ref job.DependenciesField);
                output.JobIssued(job);
                reads.Route(job, ErrorCode.NotEnoughReplicas, now);
                return;
            case RequestKind.ReadStates:
                // It may be asked of very many blocks, and order on the connection keeps it behind what it must see.
                output.JobIssued(job);
                reads.Route(job, ErrorCode.NotEnoughReplicas, now);
                return;
            case RequestKind.Write:
                jobs.HeldBytes += job.Bytes;
                _writers.Write(job.Id, piece.Start, piece.BlockCount, retirement.Oldest, ref job.DependenciesField);
                break;
            default:
                _writers.WriteWide(job.Id, piece.Start, piece.BlockCount, retirement.Oldest, ref job.DependenciesField);
                break;
        }

        pressure.Add(job);
        Repairs.Touch(piece.Start, piece.BlockCount);
        output.JobIssued(job);
        SendToAll(job, now);
    }

    private void SendToAll(Job job, Instant now)
    {
        LastMutating = job.Id;
        foreach (var replica in replicas.All)
        {
            if (replica.State is ReplicaState.Active or ReplicaState.Repairing)
            {
                sender.Send(replica, job, now);
            }
        }
    }
}
