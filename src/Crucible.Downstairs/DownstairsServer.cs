using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Crucible.Net;
using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs;

/// <summary>Serves one region to its upstairs until it is stopped.</summary>
public sealed class DownstairsServer : IDisposable
{
    private readonly Region _region;
    private readonly DownstairsOptions _options;
    private readonly DownstairsEngine _engine;
    private readonly FrameListener _listener;
    private readonly Thread _acceptor;
    private readonly Timer _signsOfLife;
    private readonly Lock _lock = new();
    private readonly List<Connection> _connections = [];
    private int _lastConnection;
    private bool _stopped;
    private int _flushing;

    /// <summary>Binds the address; nothing is accepted before <see cref="Start"/>.</summary>
    /// <param name="region">An open region; the server closes it.</param>
    /// <param name="options">How to serve it.</param>
    /// <param name="loggers">Where to tell of it.</param>
    /// <exception cref="SocketException">The address is taken or not ours; the region stays the caller's.</exception>
    public DownstairsServer(Region region, DownstairsOptions options, ILoggerFactory loggers)
    {
        _listener = new FrameListener(options.Listen);
        _region = region;
        _options = options;
        _engine = new DownstairsEngine(region, options, loggers);
        _acceptor = new Thread(AcceptAll) { IsBackground = true, Name = "acceptor" };
        _signsOfLife = new Timer(static server => ((DownstairsServer)server!).GiveSignsOfLife(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Where it listens; the port is real also where 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>Reads the region in the background, when asked to and as <see cref="DownstairsOptions.ScrubInterval"/> says.</summary>
    public RegionScrub Scrub => _engine.Scrub;

    /// <summary>How the region and its connections are now.</summary>
    public RegionStatus GetStatus() => _engine.GetStatus(Connections());

    /// <summary>What is worked at now.</summary>
    /// <param name="most">Most jobs listed.</param>
    public DownstairsWork GetWork(int most) => _engine.GetWork(most);

    /// <summary>Makes the journal durable and applies it; blocks for the disk. One at a time.</summary>
    /// <returns>How that ended; null: one is under way.</returns>
    public ErrorCode? TryFlush()
    {
        if (_options.ReadOnly)
        {
            return ErrorCode.ReadOnly;
        }

        if (Interlocked.CompareExchange(ref _flushing, 1, 0) != 0)
        {
            return null;
        }

        try
        {
            return _engine.Flush();
        }
        finally
        {
            Volatile.Write(ref _flushing, 0);
        }
    }

    /// <summary>Begins to accept.</summary>
    public void Start()
    {
        _engine.Start(_options.ReadOnly);
        _engine.Logger.Listening(LocalEndPoint);
        _acceptor.Start();
        _signsOfLife.Change(EngineLimits.SignOfLifeInterval, EngineLimits.SignOfLifeInterval);
    }

    /// <summary>
    /// Accepts no more, ends the connections after what has arrived on them, and leaves the region durable and, time
    /// permitting (<see cref="DownstairsOptions.StopTimeout"/>), applied. Any number of times.
    /// </summary>
    public void Stop()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _signsOfLife.Dispose();
        var began = Stopwatch.GetTimestamp();
        TimeSpan Left() => TimeSpan.FromTicks(Math.Max(0, (_options.StopTimeout - Stopwatch.GetElapsedTime(began)).Ticks));
        _listener.Dispose();
        if (_acceptor.IsAlive)
        {
            _acceptor.Join(Left());
        }

        var connections = Connections();
        _engine.Logger.Stopping(connections.Length);
        _engine.EndAll(connections);
        foreach (var connection in connections)
        {
            connection.Thread.Join(Left());
        }

        var ended = _engine.Stop(Left());
        CloseRegion(ended);
        _engine.Dispose();
    }

    /// <summary>As <see cref="Stop"/>.</summary>
    public void Dispose() => Stop();

    // Where a worker hangs in the disk the region can't be closed under it. What was acknowledged is as durable as it was
    // said to be, and the end of the process lets go of the rest.
    private void CloseRegion(bool workersEnded)
    {
        if (!workersEnded)
        {
            _engine.Logger.StoppedUnclosed();
            return;
        }

        var result = _region.Close();
        if (result == ErrorCode.None)
        {
            _engine.Logger.Stopped();
        }
        else
        {
            _engine.Logger.CloseFailed(result);
        }
    }

    private Connection[] Connections()
    {
        lock (_lock)
        {
            return [.. _connections];
        }
    }

    private void GiveSignsOfLife()
    {
        lock (_lock)
        {
            foreach (var connection in _connections)
            {
                connection.GiveSignOfLife();
            }
        }
    }

    private void AcceptAll()
    {
        while (_listener.Accept() is { } socket)
        {
            try
            {
                Serve(socket);
            }
            catch (SocketException)
            {
                // It was gone before it was served.
                socket.Dispose();
            }
        }
    }

    private void Serve(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, EngineLimits.KeepAliveSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, EngineLimits.KeepAliveSeconds);
        var id = new ConnectionId(++_lastConnection);
        var frames = new FrameConnection(socket, BlockBufferPool.Shared, $"connection {id}");
        var connection = _engine.Connect(frames, id, _options.GreetingTimeout);
        lock (_lock)
        {
            _connections.RemoveAll(c => !c.Thread.IsAlive);
            _connections.Add(connection);
            connection.Thread.Start();
        }
    }
}
