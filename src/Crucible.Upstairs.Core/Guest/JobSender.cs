using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Sends jobs to replicas and counts what each has not answered yet.</summary>
internal sealed class JobSender(IUpstairsOutput output)
{
    /// <summary>The generation that every job bears; set at activation.</summary>
    public Generation Generation { get; set; }

    public void Send(Replica replica, Job job, Instant now)
    {
        if (replica.OutstandingJobs++ == 0)
        {
            replica.LastHeard = now;
        }

        replica.OutstandingBytes += job.Bytes;
        job[replica.Id] = JobProgress.Sent;
        ref readonly var dependencies = ref job.Dependencies;
        switch (job.Kind)
        {
            case RequestKind.Write:
                var write = new WriteHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Contexts!.Memory, job.Trace);
                output.SendWrite(replica.Id, write, job.Blocks!);
                break;
            case RequestKind.WriteZeroes:
                output.SendWriteZeroes(replica.Id, new WriteZeroesHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Trace));
                break;
            case RequestKind.Discard:
                output.SendDiscard(replica.Id, new DiscardHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Trace));
                break;
            case RequestKind.Flush:
                output.SendFlush(replica.Id, new FlushHeader(Generation, job.Id, dependencies, job.Flush, job.Trace));
                break;
            case RequestKind.ReadStates:
                job.SentAt = now;
                output.SendReadStates(replica.Id, new ReadStatesHeader(Generation, job.Id, job.Start, job.BlockCount, job.Trace));
                break;
            default:
                job.SentAt = now;
                output.SendRead(replica.Id, new ReadHeader(Generation, job.Id, dependencies, job.Start, job.BlockCount, job.Trace));
                break;
        }
    }

    /// <summary>A replica has answered a job that it was sent.</summary>
    public static void NoteAnswer(Replica replica, Job job)
    {
        replica.OutstandingJobs--;
        replica.OutstandingBytes -= job.Bytes;
    }

    /// <summary>A replica has answered a job that was dropped meanwhile. False: it was never sent it.</summary>
    public static bool NoteStray(Replica replica, JobId job)
    {
        if (!replica.Strays.Remove(job, out var bytes))
        {
            return false;
        }

        replica.OutstandingJobs--;
        replica.OutstandingBytes -= bytes;
        return true;
    }

    /// <summary>The connection is gone, and with it all that was not answered.</summary>
    public static void Forget(Replica replica)
    {
        replica.OutstandingJobs = 0;
        replica.OutstandingBytes = 0;
        replica.Strays.Clear();
    }
}
