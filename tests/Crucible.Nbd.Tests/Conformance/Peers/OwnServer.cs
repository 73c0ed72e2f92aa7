using System.Net;
using System.Net.Sockets;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>Our server in this process; its end holds the buffers to account.</summary>
internal sealed class OwnServer : Export
{
    // 4 KiB blocks, so that what is smaller must be read, changed and written; extents of 16 MiB.
    internal static readonly Geometry Geometry = new(4096, 4096, (uint)(SizeBytes / (16 << 20)));

    private readonly DownstairsTrio _trio = new(Geometry, inMemory: true);
    private readonly BlockBufferPool _pool = new();
    private Volume _volume = null!;
    private NbdServer _server = null!;

    private OwnServer()
    {
    }

    public override EndPoint Address => new UnixDomainSocketEndPoint(_trio.FileNamed("socket"));

    public static async Task<Export> StartAsync(Serving serving)
    {
        var export = new OwnServer { Certificates = serving is Serving.Tls or Serving.OptionalTls ? Certificates.Create() : null };
        await export.StartServerAsync(serving);
        return export;
    }

    public override async ValueTask DisposeAsync()
    {
        await _server.StopAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(_server.GetStatus().Connections);
        Assert.Equal(0, _server.GetStatus().BytesInFlight);
        await _volume.DisposeAsync();
        await _trio.DisposeAsync();
        Assert.Equal(0, _pool.Outstanding);
    }

    private async Task StartServerAsync(Serving serving)
    {
        await _trio.InitializeAsync();
        _volume = await Volume.OpenAsync(new VolumeOptions
        {
            Targets = _trio.Targets,
            Pool = _pool,
            Ack = AckMode.Quorum,
            InlineCompletions = true,
        });
        _server = new NbdServer(new NbdServerOptions
        {
            Exports = [new NbdExport { Name = Name, Description = "A disk", Volume = _volume, ReadOnly = serving == Serving.ReadOnly }],
            DefaultExport = Name,
            Pool = _pool,
            Tls = Certificates?.ForServer(required: serving == Serving.Tls),
        });
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(Address);
        listening.Listen(128);
        _server.Listen(listening);
    }
}
