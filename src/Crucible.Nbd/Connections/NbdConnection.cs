using System.Net.Sockets;
using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>
/// One client: a thread that shakes hands, then takes requests off the socket and hands them to the volume. Replies leave
/// by whoever completes a request.
/// </summary>
internal sealed class NbdConnection : IRequestOwner
{
    /// <summary>How long a client that has said goodbye, or vanished, may take for the replies it is still owed.</summary>
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly ServedExports _exports;
    private readonly DateTimeOffset _since = DateTimeOffset.UtcNow;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NbdSession? _session;
    private bool _isReadOnlyVolume;
    private ReplySender? _sender;
    private volatile bool _stopping;
    private volatile bool _ending;
    private volatile bool _tls;
    private volatile bool _stalled;

    public NbdConnection(NbdServer server, long id, Socket socket, string peer)
    {
        Server = server;
        _socket = socket;
        _exports = server.Exports;
        Limiter = new InFlightLimiter(server.MaxConnectionBytes, NbdServer.MaxConnectionRequests);
        Id = id;
        Peer = peer;
    }

    public NbdServer Server { get; }

    /// <summary>What of this connection is under way.</summary>
    public InFlightLimiter Limiter { get; }

    /// <summary>Set once an export is used.</summary>
    public ReplySender Sender => _sender!;

    /// <summary>Requests are answered with a shutdown.</summary>
    public bool IsStopping => _stopping;

    public long Id { get; }

    public string Peer { get; }

    /// <inheritdoc/>
    public Volume Volume { get; private set; } = null!;

    /// <inheritdoc/>
    public BlockBufferPool Pool => Server.Pool;

    /// <inheritdoc/>
    public bool TellsHoles => _session!.Replies != NbdReplyMode.Simple;

    /// <inheritdoc/>
    public bool IsEnding => _ending || _stopping || _stalled;

    public NbdConnectionStatus Status => new(
        Id, Peer, _session?.Export.Name, _tls, _since, Limiter.Requests, Limiter.Bytes, Volatile.Read(ref _sender)?.Totals ?? default);

    public void Start() =>
        new Thread(Run, NbdServer.ThreadStackBytes) { IsBackground = true, Name = $"nbd {Id}" }.Start();

    /// <summary>Waits until the connection is over and everything it held is given back.</summary>
    public async Task WaitUntilEndedAsync() => await _ended.Task.WaitAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>Takes no more requests; those under way are answered, then it closes.</summary>
    public void Stop()
    {
        _stopping = true;
        ShutDown(SocketShutdown.Receive);
    }

    /// <summary>Closes at once. Requests that the volume works at end in silence.</summary>
    public void Cut() => ShutDown(SocketShutdown.Both);

    /// <summary>Closes at once where the client has taken nothing of its replies for so long. Tells whether it did, once.</summary>
    public bool CutIfStalled(TimeSpan limit)
    {
        if (_stalled || Volatile.Read(ref _sender)?.HasStalledFor(limit) != true)
        {
            return false;
        }

        _stalled = true;
        Cut();
        return true;
    }

    /// <inheritdoc/>
    public ValueTask Flush() => _isReadOnlyVolume ? default : Volume.FlushAsync();

    /// <inheritdoc/>
    public void Answer(PendingRequest request) => _sender!.Answer(request);

    /// <inheritdoc/>
    public void OnFinished(long heldBytes)
    {
        Server.Limiter.Exit(heldBytes);
        Limiter.Exit(heldBytes);
    }

    private void Run()
    {
        var reason = string.Empty;
        INbdTransport transport = new SocketTransport(_socket);
        try
        {
            var handshake = new HandshakeRunner(Server, _socket);
            (_session, reason) = handshake.Run(ref transport, out var receiver);
            _tls = transport is TlsTransport;
            if (_session is { } session)
            {
                (Volume, _isReadOnlyVolume) = _exports.VolumeOf(session.Export);
                Volatile.Write(ref _sender, new ReplySender(transport, _socket, session.Replies, $"nbd {Id}"));
                Server.Log.InUse(Id, Peer, session.Export.Name, session.Replies, _tls);
                reason = new RequestIntake(this, session, receiver).Run();
            }
        }
        finally
        {
            End(transport, reason);
        }
    }

    private void End(INbdTransport transport, string reason)
    {
        _ending = true;
        Server.Log.Ended(Id, Peer, _stalled ? "it took no replies" : reason);
        if (_sender is { } sender)
        {
            if (!Limiter.WaitUntilEmpty(EndGrace))
            {
                Cut();
            }

            // What the volume works at comes back sooner or later, and finds nobody to tell.
            Limiter.WaitUntilEmpty(Timeout.InfiniteTimeSpan);
            transport.Dispose();
            Cut();
            sender.Stop();
            sender.Dispose();
        }
        else
        {
            transport.Dispose();
        }

        _socket.Dispose();
        Server.OnEnded(this, used: _session is not null, wanted: reason.Length == 0);
        _ended.SetResult();
    }

    private void ShutDown(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }
}
