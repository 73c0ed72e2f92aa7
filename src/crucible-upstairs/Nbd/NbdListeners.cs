using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Crucible.Hosting;
using Crucible.Nbd;

namespace Crucible.Upstairs.Program;

/// <summary>
/// Where clients connect. Bound before a volume is taken over, so that what can't be served takes none; listening once the
/// volumes are open.
/// </summary>
internal sealed class NbdListeners : IDisposable
{
    private const int Backlog = 512;

    private readonly IReadOnlyList<Socket> _inherited;
    private string? _privateFolder;
    private UnixSocketFile? _unix;
    private Socket? _tcp;

    private NbdListeners(IReadOnlyList<Socket> inherited)
    {
        _inherited = inherited;
    }

    /// <summary>Path of the unix socket; null: none.</summary>
    public string? UnixPath => _unix?.FullPath;

    /// <summary>Where TCP is listened for, the port real also where 0 was asked for; null: nowhere.</summary>
    public IPEndPoint? Tcp => (IPEndPoint?)_tcp?.LocalEndPoint;

    /// <summary>Binds what the options ask for, and takes over what was inherited.</summary>
    /// <exception cref="UsageException">There is nowhere to serve.</exception>
    /// <exception cref="CommandFailedException">A socket can't be made.</exception>
    public static NbdListeners Bind(NbdOptions options)
    {
        Check(options, SocketActivation.Count());
        var listeners = new NbdListeners(SocketActivation.Take());
        try
        {
            listeners.BindUnix(options);
            listeners.BindTcp(options.Listen);
            return listeners;
        }
        catch
        {
            listeners.Dispose();
            throw;
        }
    }

    /// <summary>Lets clients in.</summary>
    public void Listen(NbdServer server)
    {
        if (_unix is not null)
        {
            server.Listen(_unix.Listen());
        }

        if (_tcp is not null)
        {
            _tcp.Listen(Backlog);
            server.Listen(_tcp);
        }

        foreach (var socket in _inherited)
        {
            server.Listen(socket);
        }
    }

    /// <summary>The URIs of an export; of the empty name's where it has none.</summary>
    public IEnumerable<string> UrisOf(string export, bool tls)
    {
        if (UnixPath is { } path)
        {
            yield return NbdUri.OfUnix(path, export, tls);
        }

        if (Tcp is { } endPoint)
        {
            yield return NbdUri.OfTcp(endPoint, export, tls);
        }

        foreach (var socket in _inherited)
        {
            switch (socket.LocalEndPoint)
            {
                case IPEndPoint address:
                    yield return NbdUri.OfTcp(address, export, tls);
                    break;
                case UnixDomainSocketEndPoint file:
                    yield return NbdUri.OfUnix(file.ToString(), export, tls);
                    break;
            }
        }
    }

    /// <summary>Removes the unix socket. The server has stopped.</summary>
    public void Dispose()
    {
        _unix?.Dispose();
        _tcp?.Dispose();
        if (_privateFolder is not null)
        {
            Directory.Delete(_privateFolder, recursive: true);
        }

        foreach (var socket in _inherited)
        {
            socket.Dispose();
        }
    }

    private static void Check(NbdOptions options, int inherited)
    {
        if (inherited > 0 && (options.Socket is not null || options.Listen is not null || options.Run is not null))
        {
            throw new UsageException("the sockets were made by whoever started this (LISTEN_FDS): leave out --socket, --listen and --run");
        }

        if (inherited == 0 && options is { Socket: null, Listen: null, Run: null })
        {
            throw new UsageException("say where to serve: --socket PATH, --listen HOST:PORT, or both; or --run CMD, which makes a private socket");
        }
    }

    private void BindUnix(NbdOptions options)
    {
        if (options.Socket is { } path)
        {
            _unix = UnixSocketFile.Bind(path);
        }
        else if (options is { Run: not null, Listen: null })
        {
            // Nobody but its owner may look into such a directory.
            _privateFolder = Directory.CreateTempSubdirectory("crucible-nbd-").FullName;
            _unix = UnixSocketFile.Bind(Path.Combine(_privateFolder, "nbd.sock"));
        }
    }

    private void BindTcp(ControlAddress? address)
    {
        if (address is null)
        {
            return;
        }

        try
        {
            var endPoint = address.Resolve();
            _tcp = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _tcp.Bind(endPoint);
        }
        catch (SocketException e)
        {
            throw new CommandFailedException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? string.Create(CultureInfo.InvariantCulture, $"--listen: port {address.Port} is in use by {PortOwner.Find(address.Port)?.ToString() ?? "a process of another user"}")
                : $"--listen: can't listen on {address}: {e.Message}");
        }
    }
}
