namespace Crucible.Upstairs;

/// <summary>Whoever waits for the volume to answer: told once it does, or why it never will.</summary>
internal sealed class VolumeOpening(ReplicaLink[] links)
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until the volume answers; fails when it never will.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) =>
        await _opened.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>The volume answers.</summary>
    public void Succeed() => _opened.TrySetResult();

    /// <summary>The volume has ended; of no account where it had been open.</summary>
    public void Fail(VolumeState state, VolumeFailure failure, string cause, ReadOnlySpan<Replica> replicas) =>
        _opened.TrySetException((state, failure) switch
        {
            (VolumeState.Closed, _) => new VolumeException(ErrorCode.Closed, "the volume was closed before it was active"),
            (_, VolumeFailure.Unavailable) => new VolumeUnavailableException(DescribeAbsent(replicas)),
            (_, VolumeFailure.Generation) => new VolumeSupersededException(cause),
            _ => new VolumeMismatchException(cause),
        });

    // The core knows replicas by number; whoever has to do something about one needs its address.
    private string DescribeAbsent(ReadOnlySpan<Replica> replicas)
    {
        var text = "fewer than two of three downstairs are there";
        foreach (var replica in replicas)
        {
            if (replica.State != ReplicaState.Waiting)
            {
                text += $"; {links[replica.Id.Value].Target}: {replica.Cause}";
            }
        }

        return text;
    }
}
