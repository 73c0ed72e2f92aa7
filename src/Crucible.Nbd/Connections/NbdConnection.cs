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

    private readonly NbdServer _server;
    private readonly Socket _socket;
    private readonly ServedExports _exports;
    private readonly InFlightLimiter _limiter;
    private readonly DateTimeOffset _since = DateTimeOffset.UtcNow;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile NbdSession? _session;
    private ReplySender? _sender;
    private bool _isReadOnlyVolume;
    private volatile bool _stopping;
    private volatile bool _tls;

    public NbdConnection(NbdServer server, long id, Socket socket, string peer)
    {
        _server = server;
        _socket = socket;
        _exports = server.Exports;
        _limiter = new InFlightLimiter(server.MaxConnectionBytes, NbdServer.MaxConnectionRequests);
        Id = id;
        Peer = peer;
    }

    public long Id { get; }

    public string Peer { get; }

    /// <inheritdoc/>
    public Volume Volume { get; private set; } = null!;

    /// <inheritdoc/>
    public BlockBufferPool Pool => _server.Pool;

    public NbdConnectionStatus Status => new(
        Id, Peer, _session?.Export.Name, _tls, _since, _limiter.Requests, _limiter.Bytes, Volatile.Read(ref _sender)?.Totals ?? default);

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

    /// <inheritdoc/>
    public ValueTask Flush() => _isReadOnlyVolume ? default : Volume.FlushAsync();

    /// <inheritdoc/>
    public void Answer(PendingRequest request) => _sender!.Answer(request);

    /// <inheritdoc/>
    public void OnFinished(long heldBytes)
    {
        _server.Limiter.Exit(heldBytes);
        _limiter.Exit(heldBytes);
    }

    private void Run()
    {
        var reason = string.Empty;
        INbdTransport transport = new SocketTransport(_socket);
        try
        {
            var handshake = new HandshakeRunner(_server, _socket);
            (_session, reason) = handshake.Run(ref transport, out var receiver);
            _tls = transport is TlsTransport;
            if (_session is { } session)
            {
                (Volume, _isReadOnlyVolume) = _exports.VolumeOf(session.Export);
                Volatile.Write(ref _sender, new ReplySender(transport, _socket, session.Replies, $"nbd {Id}"));
                _server.Log.InUse(Id, Peer, session.Export.Name, session.Replies, _tls);
                reason = Serve(session, receiver);
            }
        }
        finally
        {
            End(transport, reason);
        }
    }

    // Takes requests until there are no more; tells why.
    private string Serve(NbdSession session, ByteReceiver receiver)
    {
        while (true)
        {
            while (receiver.Arrived.Length >= session.RequestHeaderBytes)
            {
                var extended = session.Replies == NbdReplyMode.Extended;
                if (!NbdRequest.TryRead(receiver.Arrived, extended, out var request))
                {
                    return "a request without its magic number";
                }

                receiver.Take(session.RequestHeaderBytes);
                var verdict = RequestRules.Judge(request, session);
                if (verdict.Action is NbdAction.Disconnect or NbdAction.Close)
                {
                    return verdict.Reason;
                }

                if (!Take(session, receiver, request, verdict))
                {
                    return "the stream ended in a request";
                }
            }

            if (!receiver.Receive())
            {
                return _stopping ? "the server stops" : "the client is gone";
            }
        }
    }

    // False: the stream ended before the request did.
    private bool Take(NbdSession session, ByteReceiver receiver, in NbdRequest request, in NbdVerdict verdict)
    {
        var serve = verdict.Action == NbdAction.Serve && !_stopping;
        var held = PendingRequest.OverheadBytes + (serve ? BytesFor(request, verdict, session) : 0);
        if (!_limiter.Enter(held))
        {
            return false;
        }

        if (!_server.Limiter.Enter(held, atOnce: _limiter.Requests == 1 && held <= NbdServer.SmallRequestBytes))
        {
            _limiter.Exit(held);
            return false;
        }

        var pending = _server.Requests.Rent();
        pending.Begin(this, request, held);
        if (!serve)
        {
            return Refuse(pending, receiver, verdict);
        }

        if (verdict.PayloadBytes > 0)
        {
            pending.Buffer = Pool.Rent((int)verdict.PayloadBytes);
            if (!receiver.Fill(pending.Buffer))
            {
                pending.Finish();
                return false;
            }
        }

        if (request.Command == NbdCommand.BlockStatus && !TryReadStatus(session, pending))
        {
            pending.Answer(NbdError.Invalid, "contexts or a range that can't be");
            return true;
        }

        pending.Start();
        return true;
    }

    private static bool Refuse(PendingRequest pending, ByteReceiver receiver, in NbdVerdict verdict)
    {
        if (!receiver.Skip(verdict.PayloadBytes))
        {
            pending.Finish();
            return false;
        }

        var (error, text) = verdict.Action == NbdAction.Serve ? (NbdError.Shutdown, "the server stops") : (verdict.Error, verdict.Reason);
        pending.Answer(error, text);
        return true;
    }

    private static bool TryReadStatus(NbdSession session, PendingRequest pending)
    {
        var length = pending.Head.Length;
        var contexts = RequestRules.ContextBits(session);
        if (pending.Buffer is { } payload && !RequestRules.TryReadStatusPayload(pending.Head, session, payload.Span, out length, out contexts))
        {
            return false;
        }

        (pending.StatusLength, pending.Contexts) = ((long)length, contexts);
        return true;
    }

    private long BytesFor(in NbdRequest request, in NbdVerdict verdict, NbdSession session) => request.Command switch
    {
        NbdCommand.Read => (long)request.Length,
        NbdCommand.BlockStatus when verdict.PayloadBytes == 0 =>
            StatusReply.MaxBytes((long)request.Length, Volume.BlockSizeBytes, session.Contexts.Count),
        NbdCommand.BlockStatus => StatusReply.MaxBytes(Volume.SizeBytes, Volume.BlockSizeBytes, session.Contexts.Count),
        _ => verdict.PayloadBytes,
    };

    private void End(INbdTransport transport, string reason)
    {
        _server.Log.Ended(Id, Peer, reason);
        if (_sender is { } sender)
        {
            if (!_limiter.WaitUntilEmpty(EndGrace))
            {
                Cut();
            }

            // What the volume works at comes back sooner or later, and finds nobody to tell.
            _limiter.WaitUntilEmpty(Timeout.InfiniteTimeSpan);
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
        _server.OnEnded(this, used: _session is not null, wanted: reason.Length == 0);
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
