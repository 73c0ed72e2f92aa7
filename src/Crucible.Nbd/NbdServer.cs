using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Crucible.Nbd;

/// <summary>
/// Serves volumes to NBD clients. Each connection is received from by a thread of its own, and sent to by whoever completes
/// a request.
/// </summary>
/// <remarks>
/// It knows nothing of paths and addresses: whoever makes the listening sockets hands them in. A volume must not be disposed
/// before the server has stopped.
/// </remarks>
public sealed class NbdServer : IAsyncDisposable
{
    /// <summary>Of a connection's threads: hundreds of them must not cost hundreds of megabytes, and nothing they call goes deep.</summary>
    internal const int ThreadStackBytes = 512 << 10;

    /// <summary>Most requests of one connection under way: beyond the depth of any client.</summary>
    internal const int MaxConnectionRequests = 1024;

    /// <summary>A request so small never waits for others' while its connection has none.</summary>
    internal const int SmallRequestBytes = 128 << 10;

    /// <summary>A client's machine that has been silent for so long is asked whether it is there: one that vanished must not stay for hours.</summary>
    private const int KeepAliveSeconds = 60;

    private const long MinBytesInFlight = 1 << 20;

    /// <summary>How often in <see cref="NbdServerOptions.SendTimeout"/> it is looked whether clients take their replies.</summary>
    private const int LooksInSendTimeout = 8;

    /// <summary>No more often than that.</summary>
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(20);

    /// <summary>After the drain, how long connections that were cut have to be gone.</summary>
    private static readonly TimeSpan CutGrace = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, NbdConnection> _connections = [];
    private readonly List<Listener> _listeners = [];
    private long _accepted;
    private long _refused;
    private long _handshakesFailed;
    private long _dropped;
    private NbdTotals _ended;
    private bool _stopped;
    private readonly Timer? _stallWatch;
    private int _watching;

    /// <exception cref="ArgumentException">The options can't be.</exception>
    public NbdServer(NbdServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConnections, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBytesInFlight, MinBytesInFlight, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.HandshakeTimeout, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SendTimeout, TimeSpan.Zero, nameof(options));
        Options = options;
        Exports = new ServedExports(options);
        Limiter = new InFlightLimiter(options.MaxBytesInFlight, int.MaxValue);
        MaxConnectionBytes = Math.Max(
            options.MaxBytesInFlight / 8, Math.Min(options.MaxBytesInFlight, NbdLimits.MaxPayloadBytes + PendingRequest.OverheadBytes));
        TlsAuthentication = options.Tls is null ? null : ServerTls.Of(options.Tls);
        TlsPolicy = options.Tls switch
        {
            null => NbdTlsPolicy.Off,
            { Required: true } => NbdTlsPolicy.Required,
            _ => NbdTlsPolicy.Optional,
        };
        Log = options.LoggerFactory.CreateLogger<NbdServer>();
        if (options.SendTimeout > TimeSpan.Zero)
        {
            var look = options.SendTimeout / LooksInSendTimeout;
            look = look > ShortestLook ? look : ShortestLook;
            _stallWatch = new Timer(static server => ((NbdServer)server!).DropStalled(), this, look, look);
        }
    }

    internal NbdServerOptions Options { get; }

    internal ServedExports Exports { get; }

    internal InFlightLimiter Limiter { get; }

    internal long MaxConnectionBytes { get; }

    internal PendingRequestPool Requests { get; } = new();

    internal BlockBufferPool Pool => Options.Pool;

    internal SslServerAuthenticationOptions? TlsAuthentication { get; }

    internal NbdTlsPolicy TlsPolicy { get; }

    internal ILogger Log { get; }

    /// <summary>Accepts clients from now on. May be called for several sockets, at any time before the server stops.</summary>
    /// <param name="listening">A bound, listening stream socket, unix or TCP, perhaps inherited. It is taken over.</param>
    public void Listen(Socket listening)
    {
        ArgumentNullException.ThrowIfNull(listening);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            _listeners.Add(new Listener(listening, Accept));
        }
    }

    /// <summary>
    /// Stops: accepts nobody more, takes no more requests, and answers those that are under way. What is not answered when
    /// the time is over is cut off. Nothing is flushed that no client asked to be.
    /// </summary>
    /// <param name="drain">How long requests under way have to end; zero: none.</param>
    public async Task StopAsync(TimeSpan drain)
    {
        Listener[] listeners;
        lock (_lock)
        {
            _stopped = true;
            listeners = [.. _listeners];
            _listeners.Clear();
        }

        Array.ForEach(listeners, listener => listener.Stop());
        await Task.Run(() => Array.ForEach(listeners, listener => listener.Join())).ConfigureAwait(false);
        var connections = Connections();
        Array.ForEach(connections, connection => connection.Stop());
        var ended = Task.WhenAll(connections.Select(connection => connection.WaitUntilEndedAsync()));
        await Task.WhenAny(ended, Task.Delay(drain)).ConfigureAwait(false);
        Array.ForEach(connections, connection => connection.Cut());
        Limiter.Close();
        if (_stallWatch is not null)
        {
            await _stallWatch.DisposeAsync().ConfigureAwait(false);
        }

        // A request that the volume does not end keeps its connection: then the volume's own end will.
        await Task.WhenAny(ended, Task.Delay(CutGrace)).ConfigureAwait(false);
    }

    /// <summary>How the server is now.</summary>
    public NbdServerStatus GetStatus()
    {
        NbdConnection[] connections;
        NbdTotals totals;
        long accepted, refused, failed, dropped;
        lock (_lock)
        {
            connections = [.. _connections.Values];
            (totals, accepted, refused, failed, dropped) = (_ended, _accepted, _refused, _handshakesFailed, _dropped);
        }

        NbdConnectionStatus[] statuses = [.. connections.Select(connection => connection.Status)];
        foreach (var status in statuses)
        {
            totals += status.Totals;
        }

        return new NbdServerStatus(statuses, Limiter.Bytes, accepted, refused, failed, dropped, totals);
    }

    /// <summary>Stops without waiting for requests that are under way.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    internal void OnEnded(NbdConnection connection, bool used, bool wanted)
    {
        lock (_lock)
        {
            _connections.Remove(connection.Id);
            _ended += connection.Status.Totals;
            _handshakesFailed += used || wanted ? 0 : 1;
        }
    }

    private void DropStalled()
    {
        // A look that takes longer than the time to the next one is not joined by it.
        if (Interlocked.Exchange(ref _watching, 1) != 0)
        {
            return;
        }

        foreach (var connection in Connections())
        {
            if (connection.CutIfStalled(Options.SendTimeout))
            {
                Log.Dropped(connection.Id, connection.Peer, Options.SendTimeout);
                lock (_lock)
                {
                    _dropped++;
                }
            }
        }

        Volatile.Write(ref _watching, 0);
    }

    private NbdConnection[] Connections()
    {
        lock (_lock)
        {
            return [.. _connections.Values];
        }
    }

    private void Accept(Socket socket)
    {
        string peer;
        try
        {
            socket.Blocking = true;
            peer = "unix";
            if (socket.AddressFamily != AddressFamily.Unix)
            {
                socket.NoDelay = true;
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
                peer = $"{socket.RemoteEndPoint}";
            }
        }
        catch (SocketException)
        {
            // The client was gone before it was accepted.
            socket.Dispose();
            return;
        }

        NbdConnection? connection = null;
        lock (_lock)
        {
            if (!_stopped && _connections.Count < Options.MaxConnections)
            {
                connection = new NbdConnection(this, ++_accepted, socket, peer);
                _connections.Add(connection.Id, connection);
            }
            else
            {
                _refused++;
            }
        }

        if (connection is null)
        {
            Log.TooMany(peer, Options.MaxConnections);
            socket.Dispose();
            return;
        }

        connection.Start();
    }
}
