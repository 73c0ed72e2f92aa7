using Crucible.Protocol;

namespace Crucible.Simulation;

/// <summary>Encodes frames into arrays of their own.</summary>
internal sealed class FrameWriter
{
    private readonly HeaderBuffer _buffer = new(8192);

    public byte[] Encode<T>(in T header, ReadOnlySpan<byte> payload = default)
        where T : struct, IWireHeader<T>
    {
        _buffer.Clear();
        FrameEncoder.Append(_buffer, header, payload.Length);
        var frame = new byte[_buffer.Length + payload.Length];
        _buffer.Written.CopyTo(frame);
        payload.CopyTo(frame.AsSpan(_buffer.Length));
        return frame;
    }
}
