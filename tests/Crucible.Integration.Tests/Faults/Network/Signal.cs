namespace Crucible.Integration.Tests.Faults.Network;

/// <summary>Something that happens once, and any number of callers wait for.</summary>
internal sealed class Signal
{
    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => _source.TrySetResult();

    public Task WaitAsync(CancellationToken token) => _source.Task.WaitAsync(token);
}
