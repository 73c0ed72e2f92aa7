using System.Net;
using System.Net.Sockets;
using Crucible.Protocol;

namespace Crucible.Net;

/// <summary>
/// One TCP connection that carries frames. Receiving blocks and belongs to one thread; sending is for any thread and never
/// blocks. Linux only: it goes past .NET's sockets for scatter-gather without copies, pins or waits.
/// </summary>
public sealed class FrameConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly FrameSender _sender;
    private readonly FrameReceiver _receiver;
    private int _closed;

    /// <param name="socket">A connected, blocking socket; the connection owns it.</param>
    /// <param name="pool">Where large payloads are received into.</param>
    /// <param name="name">For the names of threads.</param>
    public FrameConnection(Socket socket, BlockBufferPool pool, string name)
    {
        _socket = socket;
        _socket.NoDelay = true;
        RemoteEndPoint = (IPEndPoint)socket.RemoteEndPoint!;
        _sender = new FrameSender(socket, name);
        _receiver = new FrameReceiver(socket, pool);
    }

    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Bytes enqueued that the socket has not taken yet.</summary>
    public long QueuedBytes => _sender.QueuedBytes;

    /// <summary>How long <see cref="Receive"/> waits for a byte; zero: for ever.</summary>
    public TimeSpan ReceiveTimeout
    {
        set => _socket.ReceiveTimeout = (int)value.TotalMilliseconds;
    }

    /// <summary>Connects, on the calling thread. To give up earlier than the system does, dispose <paramref name="socket"/>.</summary>
    /// <exception cref="SocketException">Refused, unreachable, or given up.</exception>
    public static FrameConnection Connect(Socket socket, IPEndPoint endPoint, BlockBufferPool pool, string name)
    {
        socket.Connect(endPoint);
        return new FrameConnection(socket, pool, name);
    }

    /// <summary>
    /// Waits until bytes have arrived; frames taken before, and their payloads, are gone. False: the stream ended, broke,
    /// was shut down, or stayed silent for the receive timeout. For one thread.
    /// </summary>
    public bool Receive() => Volatile.Read(ref _closed) == 0 && _receiver.Receive();

    /// <summary>The payload of a frame whose header is proved is arriving, in more than one piece. For the receiving thread.</summary>
    public bool IsInPayload => _receiver.IsInPayload;

    /// <summary>The next whole frame of what has arrived; false: receive first. For the receiving thread.</summary>
    /// <exception cref="ProtocolViolationException">What arrived is no frame of ours.</exception>
    public bool TryTake(out ReceivedFrame frame) => _receiver.TryTake(out frame);

    /// <summary>Puts a frame behind those that wait. Nothing leaves before <see cref="Flush"/>. For any thread.</summary>
    public void Enqueue<T>(in T header)
        where T : struct, IWireHeader<T> => _sender.Enqueue(header);

    /// <summary>The same for a frame with a payload, which is not empty and which the connection takes over.</summary>
    public void Enqueue<T>(in T header, BlockBuffer payload)
        where T : struct, IWireHeader<T> => _sender.Enqueue(header, payload);

    /// <summary>Sends what waits without waiting itself; what the socket does not take leaves by a thread of the connection's own.</summary>
    public void Flush() => _sender.Flush();

    /// <summary>Ends both directions: a thread that waits in <see cref="Receive"/> returns. For any thread, any number of times.</summary>
    public void Shutdown()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            try
            {
                _socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The peer was faster; nothing is left to end.
            }
        }
    }

    /// <summary>Shuts down and releases. Called by, or after the end of, the receiving thread.</summary>
    public void Dispose()
    {
        Shutdown();
        _sender.Stop();
        _receiver.Dispose();
        _socket.Dispose();
        _sender.Dispose();
    }
}
