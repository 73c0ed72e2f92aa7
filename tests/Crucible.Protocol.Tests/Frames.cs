namespace Crucible.Protocol.Tests;

/// <summary>Whole frames as bytes, and back.</summary>
internal static class Frames
{
    public static byte[] Encode<T>(in T header, ReadOnlySpan<byte> payload = default)
        where T : struct, IWireHeader<T>
    {
        var buffer = new HeaderBuffer(16);
        FrameEncoder.Append(buffer, header, payload.Length);
        return [.. buffer.Written, .. payload];
    }

    /// <summary>What a receiver does with a whole frame.</summary>
    public static FrameHeader Open(ReadOnlyMemory<byte> frame)
    {
        var prefix = FramePrefix.Read(frame.Span);
        return FrameHeader.Open(
            frame.Span[..FramePrefix.SizeBytes], frame.Slice(FramePrefix.SizeBytes, prefix.HeaderBytes), (int)prefix.PayloadBytes);
    }

    /// <summary>A frame round header bytes of any kind, its prefix as it should be.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload = default)
    {
        var frame = new byte[FramePrefix.SizeBytes + header.Length + payload.Length];
        header.CopyTo(frame.AsSpan(FramePrefix.SizeBytes));
        payload.CopyTo(frame.AsSpan(FramePrefix.SizeBytes + header.Length));
        FramePrefix.Write(frame, header, payload.Length);
        return frame;
    }
}
