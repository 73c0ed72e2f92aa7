using System.Net.Sockets;
using Crucible.Net;

namespace Crucible.Upstairs;

/// <summary>
/// The engine's side of one replica: a thread that connects when it is told to, receives until the connection ends, and
/// waits to be told again.
/// </summary>
internal sealed class ReplicaLink
{
    /// <summary>A connection that is not made in this time is given up.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly UpstairsEngine _engine;
    private readonly BlockBufferPool _pool;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private Instant _connectAt = Instant.Never;
    private Socket? _connecting;
    private Instant _connectingSince = Instant.Never;
    private bool _stopped;

    public ReplicaLink(UpstairsEngine engine, ReplicaId id, Target target, BlockBufferPool pool)
    {
        _engine = engine;
        Id = id;
        Target = target;
        _pool = pool;
        _thread = new Thread(Run) { IsBackground = true, Name = $"crucible replica {id}" };
    }

    public ReplicaId Id { get; }

    /// <summary>Where it is reached. Changed by <see cref="Retarget"/> alone.</summary>
    public Target Target { get; private set; }

    /// <summary>The connection that the core knows of; null without one. Guarded by the engine's lock.</summary>
    public FrameConnection? Connection { get; set; }

    public void Start() => _thread.Start();

    /// <summary>Connect elsewhere from now on; a connection that is being made to the old address comes to nothing.</summary>
    public void Retarget(Target target)
    {
        lock (_gate)
        {
            Target = target;
            _connecting?.Dispose();
        }
    }

    /// <summary>Connect after a while. From any thread.</summary>
    public void ConnectAfter(TimeSpan delay)
    {
        lock (_gate)
        {
            _connectAt = UpstairsEngine.Now() + delay;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Gives up a connection that takes too long to be made. From the engine's timer.</summary>
    public void OnTick(Instant now)
    {
        lock (_gate)
        {
            if (_connecting is not null && now - _connectingSince >= ConnectTimeout)
            {
                _connecting.Dispose();
            }
        }
    }

    /// <summary>Ends the thread; the connection was shut down before.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _connecting?.Dispose();
            Monitor.Pulse(_gate);
        }
    }

    public void Join()
    {
        // One that was never started has nothing to end.
        if (Thread.CurrentThread != _thread && _thread.IsAlive)
        {
            _thread.Join();
        }
    }

    private void Run()
    {
        while (WaitForOrder())
        {
            if (TryConnect() is { } connection)
            {
                try
                {
                    _engine.Receive(this, connection);
                }
                finally
                {
                    connection.Dispose();
                }
            }
        }
    }

    private bool WaitForOrder()
    {
        lock (_gate)
        {
            while (!_stopped)
            {
                var now = UpstairsEngine.Now();
                if (_connectAt <= now)
                {
                    _connectAt = Instant.Never;
                    return true;
                }

                Monitor.Wait(_gate, _connectAt == Instant.Never ? Timeout.InfiniteTimeSpan : (_connectAt - now) + TimeSpan.FromMilliseconds(1));
            }

            return false;
        }
    }

    private FrameConnection? TryConnect()
    {
        Socket? socket = null;
        try
        {
            var target = Target;
            var endPoint = target.Resolve();
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            lock (_gate)
            {
                if (_stopped)
                {
                    socket.Dispose();
                    return null;
                }

                _connecting = socket;
                _connectingSince = UpstairsEngine.Now();
            }

            var connection = FrameConnection.Connect(socket, endPoint, _pool, _thread.Name!);
            if (Forget() && target == Target)
            {
                return connection;
            }

            connection.Dispose();
            return null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Forget();
            socket?.Dispose();
            _engine.OnConnectFailed(this, e is SocketException s ? Describe(s) : $"no connection within {ConnectTimeout.TotalSeconds:0} s");
            return null;
        }
    }

    private bool Forget()
    {
        lock (_gate)
        {
            _connecting = null;
            return !_stopped;
        }
    }

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.OperationAborted or SocketError.Interrupted => $"no connection within {ConnectTimeout.TotalSeconds:0} s",
        _ => e.Message,
    };
}
