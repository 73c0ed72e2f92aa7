using Crucible.Dsc.Output;

namespace Crucible.Dsc.Supervision;

/// <summary>The downstairs of one volume, started and stopped together, each kept running in between.</summary>
internal sealed class DownstairsSet : IAsyncDisposable
{
    private readonly List<Downstairs> _members;
    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;

    public DownstairsSet(
        IEnumerable<DownstairsLaunch> launches, LineOutput output, Func<RestartBackoff> backoff, TimeProvider time) =>
        _members = [.. launches.Select(launch => new Downstairs(launch, output, backoff(), time))];

    /// <summary>In the order of the launches. Their end points are known once they were started.</summary>
    public IReadOnlyList<Downstairs> Members => _members;

    /// <summary>Where an upstairs finds them, <c>ADDRESS:PORT</c>. Known once they were started.</summary>
    public IEnumerable<string> Targets => _members.Select(member => $"{member.EndPoint}");

    /// <summary>Starts all of them; returns when all listen, and keeps them running from then on until disposed.</summary>
    /// <exception cref="DscException">One ended before it listened.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(_members.Select(member => StartAsync(member, together)));
        _keeping = Task.WhenAll(_members.Select(member => member.KeepRunningAsync(_stop.Token)));
    }

    /// <summary>Waits until cancelled, or until keeping them running fails.</summary>
    /// <exception cref="OperationCanceledException">By the token.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => _keeping.WaitAsync(cancellationToken);

    /// <summary>Stops all of them at the same time.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _keeping;
        }
        catch (OperationCanceledException)
        {
            // What we asked for.
        }

        await Task.WhenAll(_members.Select(member => member.DisposeAsync().AsTask()));
        _stop.Dispose();
    }

    /// <summary>Starts one; where it fails the others need not be waited for.</summary>
    private static async Task StartAsync(Downstairs member, CancellationTokenSource together)
    {
        try
        {
            await member.StartAsync(together.Token);
        }
        catch (DscException)
        {
            await together.CancelAsync();
            throw;
        }
    }
}
