namespace Crucible.Upstairs;

/// <summary>When a request has its answer: each of its jobs counts once, and so does the answer.</summary>
internal sealed class RequestAnswers(UpstairsSettings settings, JobTable jobs, IUpstairsOutput output, GuestLatency latency)
{
    /// <summary>A job is done, or will never be.</summary>
    public void Answer(Job job, ErrorCode result, Instant now)
    {
        if (job.Answered)
        {
            return;
        }

        job.Answered = true;
        var request = job.Request!;
        job.Request = null;
        if (result != ErrorCode.None)
        {
            request.Result = result;
        }

        request.JobsLeft--;
        if (request.JobsLeft == 0 && !request.Completed)
        {
            Complete(request, request.Result, now);
        }
    }

    /// <summary>The guest gets its answer.</summary>
    public void Complete(GuestRequest request, ErrorCode result, Instant now)
    {
        request.Completed = true;
        if (settings.Ack == AckMode.Fast && request.Kind is RequestKind.Write or RequestKind.WriteZeroes or RequestKind.Discard)
        {
            // Answered before its jobs are done: from here the object may serve another request, so no job points at it.
            for (var i = 0; i < request.JobCount; i++)
            {
                var job = jobs[new JobId(request.FirstJob.Value + (ulong)i)];
                job.Request = null;
                job.Answered = true;
            }
        }
        else if (request.Kind is not (RequestKind.Flush or RequestKind.ReadStates))
        {
            latency.Record(now - request.SubmittedAt);
        }

        output.Complete(request, result);
    }

    /// <summary>A request that made no job fails.</summary>
    public void Abandon(GuestRequest request, ErrorCode result)
    {
        request.DropBuffers();
        request.Completed = true;
        output.Complete(request, result);
    }
}
