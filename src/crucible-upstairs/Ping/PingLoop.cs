using System.Diagnostics;
using System.Net.Sockets;
using Crucible.Hosting;
using Crucible.Net;
using Crucible.Protocol;

namespace Crucible.Upstairs.Program;

/// <summary>One target's greeting and its Ruok/Imok loop, on a thread of its own: receiving blocks.</summary>
internal sealed class PingLoop(TargetAddress target, PingOptions options, CancellationToken stop)
{
    private static readonly Lock Output = new();

    private uint? _version;
    private long _sent;
    private long _received;
    private double _min = double.MaxValue;
    private double _max;
    private double _sum;
    private string? _failure;

    /// <summary>Runs to its count, until it is stopped, or until the target fails it.</summary>
    public void Run()
    {
        try
        {
            Say($"looper start for {target}");

            // A region says at the greeting whether it is encrypted; for a ping either is right.
            if (!TryPing(encrypted: false))
            {
                TryPing(encrypted: true);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ProtocolViolationException or PingFailedException)
        {
            if (!stop.IsCancellationRequested)
            {
                _failure = e is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "connection refused" : e.Message;
                Complain($"{target}: {_failure}");
            }
        }
    }

    /// <summary>What came of it; after <see cref="Run"/>.</summary>
    public PingResult Result() => _received == 0
        ? new PingResult(target.ToString(), _version, _sent, 0, null, null, null, _failure)
        : new PingResult(target.ToString(), _version, _sent, _received, _min, _sum / _received, _max, _failure);

    // False: refused only for what was said of encryption.
    private bool TryPing(bool encrypted)
    {
        Say($"connecting to {target}");
        using var connection = Connect();
        using var shutdown = stop.UnsafeRegister(static c => ((FrameConnection)c!).Shutdown(), connection);
        Say($"ok, connected to {target}");
        connection.ReceiveTimeout = options.Session.Wait;
        if (!TryGreet(connection, encrypted))
        {
            return false;
        }

        for (var i = 1L; !stop.IsCancellationRequested; i++)
        {
            Ask(connection, (ulong)i);
            if (i == options.Count || stop.WaitHandle.WaitOne(options.Interval))
            {
                break;
            }
        }

        return true;
    }

    // Blocking, as the connection wants its socket; giving up means to close it under the call.
    private FrameConnection Connect()
    {
        var endPoint = target.Resolve();
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.Session.Wait);
        using var closing = limit.Token.UnsafeRegister(static s => ((Socket)s!).Dispose(), socket);
        try
        {
            return FrameConnection.Connect(socket, endPoint, BlockBufferPool.Shared, $"ping {target}");
        }
        catch (Exception e) when (limit.IsCancellationRequested && e is SocketException or ObjectDisposedException)
        {
            throw new PingFailedException($"no connection within {Duration.Format(options.Session.Wait)}");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool TryGreet(FrameConnection connection, bool encrypted)
    {
        connection.Enqueue(new HereIAmHeader(
            (uint)ProtocolVersions.Oldest, (uint)ProtocolVersions.Newest, new UpstairsId(Guid.NewGuid()),
            new SessionId(Guid.NewGuid()), Generation.None, ReadOnly: true, encrypted, Trace: false));
        connection.Flush();
        var frame = ReceiveOne(connection);
        switch (frame.Header.Kind)
        {
            case MessageKind.YesItsMe:
                _version = frame.Header.Read<YesItsMeHeader>().Version;
                Say($"{target}: version {_version}");
                Say($"{target} #### CONNECTED ########");
                return true;
            case MessageKind.Refused:
                var refusal = frame.Header.Read<RefusedHeader>();
                return refusal.Code == RefusalCode.Encryption && !encrypted
                    ? false
                    : throw new PingFailedException($"refused ({refusal.Code}): {refusal.Text}");
            default:
                throw new ProtocolViolationException($"answered the greeting with {frame.Header.Kind}");
        }
    }

    private void Ask(FrameConnection connection, ulong sequence)
    {
        var start = Stopwatch.GetTimestamp();
        _sent++;
        connection.Enqueue(new RuokHeader(sequence));
        connection.Flush();
        while (true)
        {
            var frame = ReceiveOne(connection);
            if (frame.Header.Kind == MessageKind.Imok && frame.Header.Read<ImokHeader>().Sequence == sequence)
            {
                break;
            }
        }

        var trip = Stopwatch.GetElapsedTime(start);
        _received++;
        _min = Math.Min(_min, trip.TotalMicroseconds);
        _max = Math.Max(_max, trip.TotalMicroseconds);
        _sum += trip.TotalMicroseconds;
        Say($"{target} --recv--> Imok {Duration.Format(trip)}");
    }

    private static ReceivedFrame ReceiveOne(FrameConnection connection)
    {
        ReceivedFrame frame;
        while (!connection.TryTake(out frame))
        {
            if (!connection.Receive())
            {
                throw new PingFailedException("the connection ended, or no answer came in time");
            }
        }

        return frame;
    }

    private void Say(string line)
    {
        if (options.Session.Talks)
        {
            lock (Output)
            {
                Console.WriteLine(line);
            }
        }
    }

    private static void Complain(string line)
    {
        lock (Output)
        {
            Console.Error.WriteLine($"error: {line}");
        }
    }

    private sealed class PingFailedException(string message) : CrucibleException(message);
}
