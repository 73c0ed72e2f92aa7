using System.Net;
using System.Net.Sockets;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Nbd.Tests.Conformance.Raw;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>A server of the system, with a folder of its own that holds its unix socket.</summary>
internal sealed class Daemon : Export
{
    private readonly string _folder;
    private readonly SystemProgram _program;

    private Daemon(string folder, string socket, SystemProgram program)
    {
        _folder = folder;
        _program = program;
        Address = new UnixDomainSocketEndPoint(socket);
    }

    public override EndPoint Address { get; }

    /// <summary>Starts it, and waits until it can be connected to.</summary>
    /// <param name="program">Its name, found on PATH.</param>
    /// <param name="certificates">Of a server that speaks TLS.</param>
    /// <param name="folder">An empty one, which is its own from now on.</param>
    /// <param name="arguments">Made from the path of its socket.</param>
    public static async Task<Export> StartAsync(string program, Certificates? certificates, string folder, Func<string, IEnumerable<string>> arguments)
    {
        certificates?.WriteTo(folder);
        var socket = Path.Combine(folder, "socket");
        var running = await SystemProgram.StartAsync(program, [.. arguments(socket)]);
        var export = new Daemon(folder, socket, running) { Certificates = certificates };
        await Wait.UntilAsync(() => running.HasEnded || IsListening(export.Address), RawConnection.Patience, running.ToString);
        Assert.False(running.HasEnded, running.ToString());
        return export;
    }

    /// <summary>A folder for one of them.</summary>
    public static string NewFolder() => Directory.CreateTempSubdirectory("crucible-peer-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await _program.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsListening(EndPoint address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
