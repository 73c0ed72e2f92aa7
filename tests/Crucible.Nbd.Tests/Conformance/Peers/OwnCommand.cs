using System.Globalization;
using System.Net;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary><c>crucible-upstairs nbd</c>, a process of its own that serves over TCP; it must end in order.</summary>
internal sealed class OwnCommand : Export
{
    private readonly DownstairsTrio _trio = new(OwnServer.Geometry, inMemory: true);
    private RunningProgram _program = null!;
    private IPEndPoint _address = null!;

    private OwnCommand()
    {
    }

    public override EndPoint Address => _address;

    public static async Task<Export> StartAsync(Serving serving)
    {
        var export = new OwnCommand { Certificates = serving is Serving.Tls or Serving.OptionalTls ? Certificates.Create() : null };
        await export.StartProgramAsync(serving);
        return export;
    }

    public override async ValueTask DisposeAsync()
    {
        await _program.SignalAsync("TERM");
        (await _program.WaitForEndAsync()).Expect(0);
        _program.Dispose();
        await _trio.DisposeAsync();
    }

    private async Task StartProgramAsync(Serving serving)
    {
        await _trio.InitializeAsync();
        Certificates?.WriteTo(_trio.Folder);
        _program = _trio.StartUpstairs(
        [
            "nbd", "--listen", "127.0.0.1:0", "--export", Name, "--description", "A disk",
            .. serving == Serving.ReadOnly ? (string[])["--read-only"] : [],
            .. Certificates is null
                ? (string[])[]
                : ["--tls", serving == Serving.Tls ? "require" : "on", "--tls-certificates", _trio.Folder, "--tls-verify-peer"],
        ]);
        var port = await _program.WaitForAsync("://127.0.0.1:");
        _address = new IPEndPoint(IPAddress.Loopback, int.Parse(port.Split('/')[0], CultureInfo.InvariantCulture));
    }
}
