using System.Net;
using System.Net.Sockets;
using Crucible.Upstairs;
using Crucible.Upstairs.Tests;

namespace Crucible.Nbd.Tests.Server;

/// <summary>A server on a unix socket over a volume in this process; its end holds the buffers to account.</summary>
internal sealed class ServedVolume : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("crucible-nbd-");
    private readonly TestVolume _volume;
    private readonly UnixDomainSocketEndPoint _endPoint;
    private readonly List<NbdClient> _clients = [];

    private ServedVolume(TestVolume volume, NbdServer server)
    {
        _volume = volume;
        Server = server;
        _endPoint = new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "nbd.sock"));
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(_endPoint);
        listening.Listen(64);
        server.Listen(listening);
    }

    public NbdServer Server { get; }

    /// <summary>Where it listens.</summary>
    public EndPoint Address => _endPoint;

    public LoopbackDownstairs[] Downstairs => _volume.Downstairs;

    public Volume Volume => _volume.Volume;

    public BlockBufferPool Pool => _volume.Pool;

    public static async Task<ServedVolume> BeginAsync(
        Func<NbdServerOptions, NbdServerOptions>? change = null,
        RegionDefinition? definition = null,
        Func<VolumeOptions, VolumeOptions>? changeVolume = null)
    {
        var volume = await TestVolume.OpenAsync(
            definition, change: o => (changeVolume ?? (same => same))(o with { InlineCompletions = true }));
        var options = new NbdServerOptions
        {
            Exports =
            [
                new NbdExport { Name = "disk", Volume = volume.Volume },
                new NbdExport { Name = "archive", Volume = volume.Volume, ReadOnly = true },
            ],
            Pool = volume.Pool,
        };
        return new ServedVolume(volume, new NbdServer(change?.Invoke(options) ?? options));
    }

    /// <summary>A client that is connected and has said nothing yet.</summary>
    public NbdClient Connect()
    {
        var client = new NbdClient(_endPoint);
        _clients.Add(client);
        return client;
    }

    /// <summary>A client that uses an export.</summary>
    public NbdClient Use(string export = "disk", bool structured = false)
    {
        var client = Connect();
        client.Begin();
        client.Go(export, structured);
        return client;
    }

    /// <summary>Answers no read before this is undone.</summary>
    public void HoldReads() => Array.ForEach(Downstairs, one => one.Reads.Reset());

    public void ReleaseReads() => Array.ForEach(Downstairs, one => one.Reads.Set());

    /// <summary>Waits until the server looks as it should.</summary>
    public void WaitUntil(Func<NbdServerStatus, bool> condition) =>
        Assert.True(SpinWait.SpinUntil(() => condition(Server.GetStatus()), TimeSpan.FromSeconds(30)), Server.GetStatus().ToString());

    public async ValueTask DisposeAsync()
    {
        ReleaseReads();
        _clients.ForEach(client => client.Dispose());
        await Server.StopAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(Server.GetStatus().Connections);
        Assert.Equal(0, Server.GetStatus().BytesInFlight);
        await _volume.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
