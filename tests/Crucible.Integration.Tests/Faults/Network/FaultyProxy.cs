using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crucible.Integration.Tests.Faults.Network;

/// <summary>Stands between the upstairs and one downstairs, counts what passes, and does to it what networks do.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly List<Task> _accepting = [];
    private Signal _changed = new();
    private volatile LinkFault _fault;
    private long _questionBytes;
    private long _answerBytes;

    /// <param name="port">Where the downstairs listens on this machine.</param>
    public FaultyProxy(int port)
    {
        _target = new IPEndPoint(IPAddress.Loopback, port);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting.Add(Task.Run(AcceptAsync));
    }

    /// <summary>Where the upstairs is to connect, for -t.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");

    /// <summary>Bytes passed on to the downstairs.</summary>
    public long QuestionBytes => Interlocked.Read(ref _questionBytes);

    /// <summary>Bytes passed on to the upstairs.</summary>
    public long AnswerBytes => Interlocked.Read(ref _answerBytes);

    /// <summary>What is done to this link from now on, connections that stand and those to come.</summary>
    public LinkFault Fault
    {
        get => _fault;
        set
        {
            _fault = value;
            Interlocked.Exchange(ref _changed, new Signal()).Set();
        }
    }

    /// <summary>Breaks every connection by a reset at both ends.</summary>
    public void Reset()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Reset();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_accepting);
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
    }

    /// <summary>Done when what this direction carries may pass on.</summary>
    public async Task WaitUntilOpenAsync(bool isAnswer, CancellationToken token)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed);
            var closed = _fault is LinkFault.BlackHole || _fault == (isAnswer ? LinkFault.NoAnswers : LinkFault.NoQuestions);
            if (!closed)
            {
                return;
            }

            await changed.WaitAsync(token);
        }
    }

    public void Count(int bytes, bool isAnswer) => Interlocked.Add(ref isAnswer ? ref _answerBytes : ref _questionBytes, bytes);

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var connection = new ProxiedConnection(this, await _listener.AcceptAsync(_stop.Token));
                _connections[connection] = RunAsync(connection);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // It is the end, or a caller that went away at once.
            }
        }
    }

    private async Task RunAsync(ProxiedConnection connection)
    {
        await Task.Yield();
        await connection.RunAsync(_target, _stop.Token);
        _connections.TryRemove(connection, out _);
    }
}
