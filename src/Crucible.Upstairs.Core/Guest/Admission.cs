namespace Crucible.Upstairs;

/// <summary>
/// When a guest's request becomes jobs: at once where there is room for them and enough replicas are active, else in its turn,
/// once there is. Sees to it that room is made: by flushes that nobody asked for, before all is taken.
/// </summary>
internal sealed class Admission(
    UpstairsSettings settings,
    ReplicaSet replicas,
    JobTable jobs,
    RequestAnswers answers,
    Retirement retirement,
    JobIssue issue,
    BackPressure pressure)
{
    private readonly Queue<GuestRequest> _waiting = new();
    private ulong _nextRequest = 1;

    /// <summary>Requests that wait for room.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>Takes a request over. It is answered at once, later, or when there is room.</summary>
    public void Submit(GuestRequest request, Instant now)
    {
        request.Id = new GuestRequestId(_nextRequest++);
        request.SubmittedAt = now;
        request.JobsLeft = Math.Max(request.PieceCount, 1);
        request.Result = ErrorCode.None;
        request.Completed = false;

        // A read need not wait behind writes that wait: it sees what was acknowledged, and they are not.
        if ((_waiting.Count > 0 && !request.Kind.IsRead()) || !HasRoom(request, now))
        {
            if (_waiting.Count >= settings.MaxWaitingRequests)
            {
                answers.Abandon(request, ErrorCode.NotEnoughReplicas);
                return;
            }

            _waiting.Enqueue(request);
            FlushForRoom(now);
            return;
        }

        Issue(request, now);
    }

    /// <summary>Room may have been made.</summary>
    public void AdmitWaiting(Instant now)
    {
        if (_waiting.Count > 0)
        {
            Admit(now);
        }
    }

    /// <summary>Lets in what there is room for, and makes more where some must go on waiting.</summary>
    public void Admit(Instant now)
    {
        while (_waiting.TryPeek(out var request) && HasRoom(request, now))
        {
            Issue(_waiting.Dequeue(), now);
        }

        if (_waiting.Count > 0)
        {
            FlushForRoom(now);
        }
    }

    /// <summary>
    /// The replica whose missing answers alone keep room from requests that wait for it: one that is away at once, a
    /// connected one when the oldest request has waited for <see cref="UpstairsSettings.SlowAfter"/>. Null: none.
    /// </summary>
    public Replica? HeldUpBy(Instant now)
    {
        if (!_waiting.TryPeek(out var request) || HasPlace(request)
            || !retirement.TryPeek(out var flush) || flush.DoneCount < Retirement.Quorum)
        {
            return null;
        }

        foreach (var replica in replicas.All)
        {
            var isActive = replica.State == ReplicaState.Active;
            if (replica.KeepsPlace && flush[replica.Id] != JobProgress.Done
                && (!isActive || now - request.SubmittedAt >= settings.SlowAfter)
                && replicas.Count(ReplicaState.Active) - (isActive ? 1 : 0) >= Retirement.Quorum)
            {
                return replica;
            }
        }

        return null;
    }

    /// <summary>There is no quorum: what has waited too long for one fails.</summary>
    public void FailOverdue(Instant now)
    {
        while (_waiting.TryPeek(out var request) && !HasPlace(request) && now - request.SubmittedAt >= settings.RequestTimeout)
        {
            answers.Abandon(_waiting.Dequeue(), ErrorCode.NotEnoughReplicas);
        }
    }

    /// <summary>Nothing is let in any more: the volume has ended.</summary>
    public void Abort(ErrorCode result)
    {
        while (_waiting.TryDequeue(out var request))
        {
            answers.Abandon(request, result);
        }
    }

    private bool HasRoom(GuestRequest request, Instant now) => HasPlace(request)
        && (request.Kind.IsRead() || request.Kind == RequestKind.Flush || !pressure.Holds(request, now));

    // In the table, and with the replicas that it needs.
    private bool HasPlace(GuestRequest request)
    {
        if (jobs.Count + Math.Max(request.PieceCount, 1) + 1 >= jobs.Capacity)
        {
            return false;
        }

        return request.Kind switch
        {
            RequestKind.Read or RequestKind.ReadStates => replicas.Count(ReplicaState.Active) >= 1,
            RequestKind.Write => jobs.HeldBytes < settings.MaxUnretiredBytes && replicas.Count(ReplicaState.Active) >= Retirement.Quorum,
            _ => replicas.Count(ReplicaState.Active) >= Retirement.Quorum,
        };
    }

    private void Issue(GuestRequest request, Instant now)
    {
        if (request.Kind == RequestKind.Flush)
        {
            issue.IssueFlush(request, now);
            return;
        }

        issue.Issue(request, now);
        if (request.Kind.IsRead())
        {
            return;
        }

        if (settings.Ack == AckMode.Fast)
        {
            answers.Complete(request, ErrorCode.None, now);
        }

        FlushAtHalf(now);
    }

    private void FlushAtHalf(Instant now)
    {
        if (issue.SinceFlush >= jobs.Capacity / 2
            || (jobs.HeldBytes >= settings.MaxUnretiredBytes / 2 && retirement.FlushCount == 0 && issue.SinceFlush > 0))
        {
            issue.IssueFlush(null, now);
        }
    }

    private void FlushForRoom(Instant now)
    {
        if (_waiting.TryPeek(out var request) && !HasPlace(request)
            && retirement.FlushCount == 0 && issue.HasUnflushed && replicas.Count(ReplicaState.Active) >= Retirement.Quorum && jobs.Count < jobs.Capacity)
        {
            issue.IssueFlush(null, now);
        }
    }
}
