namespace Crucible.Upstairs;

/// <summary>
/// Does what the core wanted done once the engine's lock is released: sends, then tells waiters, whose continuations may lead to
/// more. What happens on a thread between <see cref="BeginBatch"/> and <see cref="EndBatch"/> is settled together.
/// </summary>
internal sealed class Settlement(Lock gate, UpstairsCore core, EngineOutput output)
{
    [ThreadStatic]
    private static Settlement? _batching;

    [ThreadStatic]
    private static CompletionTurn? _turn;

    /// <summary>See <see cref="Volume.TryAfterCompletions"/>.</summary>
    public static bool TryAfterCompletions(IAfterCompletions follower) => _turn is { } turn && turn.TryAdd(follower);

    /// <summary>What is done from now on, on this thread, is settled together by <see cref="EndBatch"/>.</summary>
    public void BeginBatch() => _batching = this;

    public void EndBatch()
    {
        _batching = null;
        Settle();
    }

    /// <summary>Settles what there is, unless this thread does so at the end of its batch. Not under the lock.</summary>
    public void Settle()
    {
        if (_batching == this)
        {
            return;
        }

        while (true)
        {
            VolumeRequest? completed;
            Connections unsent;
            lock (gate)
            {
                completed = output.TakeCompleted();
                unsent = output.TakeUnsent();
            }

            if (completed is null && unsent.AreNone)
            {
                return;
            }

            unsent.Flush();
            Tell(completed);
        }
    }

    private void Tell(VolumeRequest? completed)
    {
        var outer = _batching;
        _batching = this;
        var turn = _turn ??= new CompletionTurn();
        var isOutermost = turn.TryBegin();
        try
        {
            while (completed is not null)
            {
                var request = completed;
                completed = request.NextCompleted;
                request.NextCompleted = null;
                request.SetResult(request.Outcome == ErrorCode.None ? null : VolumeErrors.Describe(request, core.Cause));
                request.Release();
            }
        }
        finally
        {
            if (isOutermost)
            {
                turn.End();
            }

            _batching = outer;
        }
    }
}
