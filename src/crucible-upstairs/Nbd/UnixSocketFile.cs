using System.Net.Sockets;
using System.Security.Cryptography;

namespace Crucible.Upstairs.Program;

/// <summary>
/// A unix socket in the file system: only its owner can connect, from the first moment on. It is bound in a directory that
/// nobody else can look into, and gets its name only when it listens: so a stale one is replaced without a moment in which
/// there is none, and one that is served is never taken away.
/// </summary>
internal sealed class UnixSocketFile : IDisposable
{
    /// <summary>What the system takes for a path, without the zero at its end.</summary>
    private const int MostPathBytes = 107;

    private const int Backlog = 512;

    private readonly string _path;
    private readonly string _nursery;
    private readonly Socket _socket;
    private FileIdentity? _named;

    private UnixSocketFile(string path, string nursery, Socket socket)
    {
        _path = path;
        _nursery = nursery;
        _socket = socket;
    }

    /// <summary>Binds the socket; nobody can connect yet.</summary>
    /// <param name="path">Where it is to appear; made absolute.</param>
    /// <exception cref="CommandFailedException">It can't be there; the message says why. What was there is untouched.</exception>
    public static UnixSocketFile Bind(string path)
    {
        path = Path.GetFullPath(path);
        CheckReplaceable(path);
        var directory = Path.GetDirectoryName(path);
        if (!Directory.Exists(directory))
        {
            throw new CommandFailedException($"the socket {path} can't be made: there is no directory {directory}");
        }

        var nursery = Path.Combine(directory, $".nbd-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        var bound = Path.Combine(nursery, "s");
        if (Math.Max(Length(path), Length(bound)) > MostPathBytes)
        {
            throw new CommandFailedException($"the socket's path {path} is too long: the system takes {MostPathBytes} bytes, some of them for a moment's own use");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Directory.CreateDirectory(nursery, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            socket.Bind(new UnixDomainSocketEndPoint(bound));
            File.SetUnixFileMode(bound, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return new UnixSocketFile(path, nursery, socket);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            Remove(nursery);
            throw new CommandFailedException($"the socket {path} can't be made: {e.Message}");
        }
    }

    /// <summary>Where clients find it, absolute.</summary>
    public string FullPath => _path;

    /// <summary>Listens, and gets its name.</summary>
    /// <returns>The socket, given away.</returns>
    /// <exception cref="CommandFailedException">Something else has come to be there meanwhile.</exception>
    public Socket Listen()
    {
        _socket.Listen(Backlog);
        CheckReplaceable(_path);
        try
        {
            File.Move(Path.Combine(_nursery, "s"), _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"the socket {_path} can't be made: {e.Message}");
        }

        _named = LinuxCalls.Identify(_path);
        Directory.Delete(_nursery);
        return _socket;
    }

    /// <summary>Removes the file, unless somebody else has taken its place; after the socket was closed.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        if (_named is null)
        {
            Remove(_nursery);
        }
        else if (LinuxCalls.Identify(_path) == _named)
        {
            File.Delete(_path);
        }
    }

    private static void CheckReplaceable(string path)
    {
        switch (LinuxCalls.Identify(path))
        {
            case null:
                return;
            case { IsSocket: false }:
                throw new CommandFailedException($"{path} is there and is no socket: it is left as it is; name another path, or remove it");
            default:
                if (IsServed(path))
                {
                    throw new CommandFailedException($"{path} is served by another process; stop that one first, or name another path");
                }

                return;
        }
    }

    // Whoever does not refuse is there, also if its queue is full or it keeps us out.
    private static bool IsServed(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.AddressNotAvailable);
        }
    }

    private static int Length(string path) => System.Text.Encoding.UTF8.GetByteCount(path);

    private static void Remove(string nursery)
    {
        if (Directory.Exists(nursery))
        {
            Directory.Delete(nursery, recursive: true);
        }
    }
}
