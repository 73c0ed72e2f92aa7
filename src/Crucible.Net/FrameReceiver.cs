using System.Net.Sockets;
using Crucible.Protocol;

namespace Crucible.Net;

/// <summary>
/// The receiving half of a connection, for one thread. Small frames are parsed where they arrived; a large payload goes
/// from the socket straight into a buffer of its own, together with whatever follows it, in one system call.
/// </summary>
internal sealed class FrameReceiver : IDisposable
{
    /// <summary>Bytes received at once. Holds the longest header, and about sixty 4 KiB writes.</summary>
    public const int StagingBytes = 256 << 10;

    /// <summary>A payload above this leaves the staging buffer: copying less than this costs less than another call.</summary>
    public const int LargePayloadBytes = 32 << 10;

    private readonly Socket _socket;
    private readonly BlockBufferPool _pool;
    private readonly byte[] _staging = GC.AllocateUninitializedArray<byte>(StagingBytes, pinned: true);
    private int _start;
    private int _end;
    private byte[] _largeHead = new byte[8 << 10];
    private int _largeHeadBytes;
    private BlockBuffer? _large;
    private int _largeReceived;
    private bool _largeTaken;

    public FrameReceiver(Socket socket, BlockBufferPool pool)
    {
        _socket = socket;
        _pool = pool;
    }

    /// <summary>A large payload is arriving, and its header was proved.</summary>
    public bool IsInPayload => _large is not null && !_largeTaken;

    /// <summary>
    /// Waits for more bytes; what earlier frames borrowed is gone. False: the stream has ended or broke, or no byte came
    /// in the socket's receive timeout.
    /// </summary>
    public bool Receive()
    {
        DropTakenPayload();
        TryBeginLarge();
        Compact();
        var first = _large is not null
            ? new ArraySegment<byte>(_large.Array, _largeReceived, _large.Length - _largeReceived)
            : new ArraySegment<byte>(_staging, _end, _staging.Length - _end);
        var second = _large is not null ? new ArraySegment<byte>(_staging, _end, _staging.Length - _end) : default;
        var outcome = SocketSystemCalls.Receive(_socket.SafeHandle, first, second, out var received, out _);
        if (outcome != SocketSystemCalls.Outcome.Moved || received == 0)
        {
            return false;
        }

        if (_large is not null)
        {
            var part = Math.Min(received, first.Count);
            _largeReceived += part;
            received -= part;
        }

        _end += received;
        return true;
    }

    /// <summary>The next whole frame of what has arrived.</summary>
    /// <exception cref="ProtocolViolationException">What arrived is no frame; the connection must close.</exception>
    public bool TryTake(out ReceivedFrame frame)
    {
        frame = default;
        if (_large is not null && !_largeTaken)
        {
            return TryTakeLarge(out frame);
        }

        var arrived = _staging.AsMemory(_start, _end - _start);
        if (arrived.Length < FramePrefix.SizeBytes)
        {
            return false;
        }

        var prefix = FramePrefix.Read(arrived.Span);
        var headEnd = FramePrefix.SizeBytes + prefix.HeaderBytes;
        if (arrived.Length < headEnd)
        {
            return false;
        }

        var payloadBytes = (int)prefix.PayloadBytes;
        if (arrived.Length < headEnd + payloadBytes)
        {
            TryBeginLarge();
            return false;
        }

        _start += headEnd + payloadBytes;
        frame = Open(arrived[..headEnd], arrived.Slice(headEnd, payloadBytes));
        return true;
    }

    public void Dispose()
    {
        _large?.Dispose();
        _large = null;
    }

    private static ReceivedFrame Open(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> payload) => new(
        FrameHeader.Open(head.Span[..FramePrefix.SizeBytes], head[FramePrefix.SizeBytes..], payload.Length), payload);

    // Where a large payload has begun to arrive, and the buffer of the one before is free: its header is proved and moves
    // aside, before memory is taken for what it announces.
    private void TryBeginLarge()
    {
        var arrived = _staging.AsMemory(_start, _end - _start);
        if (_large is not null || arrived.Length < FramePrefix.SizeBytes)
        {
            return;
        }

        var prefix = FramePrefix.Read(arrived.Span);
        var headEnd = FramePrefix.SizeBytes + prefix.HeaderBytes;
        var payloadBytes = (int)prefix.PayloadBytes;
        if (payloadBytes <= LargePayloadBytes || arrived.Length < headEnd || arrived.Length >= headEnd + payloadBytes)
        {
            return;
        }

        _ = FrameHeader.Open(arrived.Span[..FramePrefix.SizeBytes], arrived[FramePrefix.SizeBytes..headEnd], payloadBytes);
        if (_largeHead.Length < headEnd)
        {
            _largeHead = new byte[headEnd];
        }

        arrived.Span[..headEnd].CopyTo(_largeHead);
        _largeHeadBytes = headEnd;
        _large = _pool.Rent(payloadBytes);
        arrived.Span[headEnd..].CopyTo(_large.Span);
        _largeReceived = arrived.Length - headEnd;
        _start = _end;
    }

    private bool TryTakeLarge(out ReceivedFrame frame)
    {
        frame = default;
        if (_largeReceived < _large!.Length)
        {
            return false;
        }

        _largeTaken = true;
        frame = Open(_largeHead.AsMemory(0, _largeHeadBytes), _large.Memory);
        return true;
    }

    private void DropTakenPayload()
    {
        if (_largeTaken)
        {
            _large!.Dispose();
            _large = null;
            _largeTaken = false;
        }
    }

    private void Compact()
    {
        if (_start > 0)
        {
            _staging.AsSpan(_start, _end - _start).CopyTo(_staging);
            _end -= _start;
            _start = 0;
        }
    }
}
