using Crucible.Protocol;

namespace Crucible.Simulation;

/// <summary>Takes whole frames out of what arrived, as a connection does: lengths checked first, headers proved by their CRC.</summary>
internal sealed class FrameReader
{
    private byte[] _rest = [];
    private int _at;

    public void Add(byte[] bytes)
    {
        if (_at == _rest.Length)
        {
            _rest = bytes;
            _at = 0;
            return;
        }

        var joined = new byte[_rest.Length - _at + bytes.Length];
        _rest.AsSpan(_at).CopyTo(joined);
        bytes.CopyTo(joined, _rest.Length - _at);
        _rest = joined;
        _at = 0;
    }

    /// <exception cref="ProtocolViolationException">What arrived is no frame.</exception>
    public bool TryTake(out FrameHeader header, out ReadOnlyMemory<byte> payload)
    {
        header = default;
        payload = default;
        var arrived = _rest.AsMemory(_at);
        if (arrived.Length < FramePrefix.SizeBytes)
        {
            return false;
        }

        var prefix = FramePrefix.Read(arrived.Span);
        var head = FramePrefix.SizeBytes + prefix.HeaderBytes;
        var all = head + (int)prefix.PayloadBytes;
        if (arrived.Length < all)
        {
            return false;
        }

        _at += all;
        payload = arrived[head..all];
        header = FrameHeader.Open(arrived.Span[..FramePrefix.SizeBytes], arrived[FramePrefix.SizeBytes..head], payload.Length);
        return true;
    }
}
