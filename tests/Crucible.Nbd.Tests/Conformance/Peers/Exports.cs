namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>
/// The servers of a run of the suite: each is started when the first case needs it, and ended after the last. Its cases run one
/// after another, so nothing here is shared between threads.
/// </summary>
public sealed class Exports : IAsyncLifetime
{
    private readonly Dictionary<(Peer, Serving), Export> _started = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var export in _started.Values)
        {
            await export.DisposeAsync();
        }
    }

    internal async Task<Export> StartedAsync(Peer peer, Serving serving)
    {
        if (!_started.TryGetValue((peer, serving), out var export))
        {
            _started.Add((peer, serving), export = await StartAsync(peer, serving));
        }

        return export;
    }

    private static Task<Export> StartAsync(Peer peer, Serving serving) => peer switch
    {
        Peer.QemuNbd => QemuNbd.StartAsync(serving),
        Peer.Nbdkit => Nbdkit.StartAsync(serving),
        Peer.Server => OwnServer.StartAsync(serving),
        Peer.Command => OwnCommand.StartAsync(serving),
        _ => throw new ArgumentOutOfRangeException(nameof(peer)),
    };
}

/// <summary>All cases share the servers, and run one after another: the suite is no load test.</summary>
[CollectionDefinition(nameof(Exports))]
public sealed class ExportsCollection : ICollectionFixture<Exports>;
