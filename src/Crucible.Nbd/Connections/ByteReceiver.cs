namespace Crucible.Nbd;

/// <summary>
/// The receiving half of a connection, for one thread. Small requests are taken where they arrived; a payload goes from the
/// socket straight into its buffer, together with what follows it, in one system call.
/// </summary>
internal sealed class ByteReceiver(INbdTransport transport)
{
    /// <summary>Bytes received at once: the longest option, or about sixteen 4 KiB writes.</summary>
    public const int StagingBytes = 64 << 10;

    private readonly byte[] _staging = GC.AllocateUninitializedArray<byte>(StagingBytes, pinned: true);
    private INbdTransport _transport = transport;
    private int _start;
    private int _end;

    /// <summary>What has arrived and was not taken.</summary>
    public ReadOnlySpan<byte> Arrived => _staging.AsSpan(_start, _end - _start);

    /// <summary>Goes on with another transport; nothing that arrived by the old one is left.</summary>
    public void Switch(INbdTransport next)
    {
        Invariant.Require(_start == _end);
        _transport = next;
    }

    /// <summary>Takes bytes off what has arrived.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Waits until more has arrived. False: the stream has ended or broke.</summary>
    public bool Receive()
    {
        MakeRoom();
        var received = _transport.Receive(new ArraySegment<byte>(_staging, _end, _staging.Length - _end), default);
        _end += received;
        return received > 0;
    }

    /// <summary>Takes as many bytes as the buffer holds; waits for them. False: the stream has ended or broke.</summary>
    public bool Fill(BlockBuffer buffer)
    {
        var filled = Math.Min(buffer.Length, _end - _start);
        Arrived[..filled].CopyTo(buffer.Span);
        _start += filled;
        while (filled < buffer.Length)
        {
            MakeRoom();
            var missing = new ArraySegment<byte>(buffer.Array, filled, buffer.Length - filled);
            var received = _transport.Receive(missing, new ArraySegment<byte>(_staging, _end, _staging.Length - _end));
            if (received == 0)
            {
                return false;
            }

            var part = Math.Min(received, missing.Count);
            filled += part;
            _end += received - part;
        }

        return true;
    }

    /// <summary>Takes bytes that nobody wants; waits for them. False: the stream has ended or broke.</summary>
    public bool Skip(long count)
    {
        while (true)
        {
            var part = (int)Math.Min(count, _end - _start);
            _start += part;
            count -= part;
            if (count == 0)
            {
                return true;
            }

            if (!Receive())
            {
                return false;
            }
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _staging.AsSpan(_start, _end - _start).CopyTo(_staging);
            _end -= _start;
            _start = 0;
        }
    }
}
