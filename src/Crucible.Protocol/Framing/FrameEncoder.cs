using MessagePack;

namespace Crucible.Protocol;

/// <summary>Encodes frames: the prefix and the array up to its payload, whose bytes the sender puts right behind.</summary>
public static class FrameEncoder
{
    /// <summary>
    /// Appends a frame's prefix and header. With <paramref name="payloadBytes"/> above 0 the header ends in the payload's
    /// bin header, and exactly that many bytes must follow on the wire.
    /// </summary>
    public static void Append<T>(HeaderBuffer buffer, in T header, int payloadBytes = 0)
        where T : struct, IWireHeader<T>
    {
        Invariant.Require(payloadBytes is >= 0 and <= WireLimits.MaxPayloadBytes);
        var start = buffer.Length;
        buffer.GetSpan(FramePrefix.SizeBytes);
        buffer.Advance(FramePrefix.SizeBytes);

        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(1 + T.FieldCount + (payloadBytes > 0 ? 1 : 0));
        writer.Write((byte)T.Kind);
        header.Write(ref writer);
        if (payloadBytes > 0)
        {
            writer.WriteBinHeader(payloadBytes);
        }

        writer.Flush();
        var frame = buffer.Written[start..];
        Invariant.Require(frame.Length - FramePrefix.SizeBytes <= WireLimits.MaxHeaderBytes);
        FramePrefix.Write(frame, frame[FramePrefix.SizeBytes..], payloadBytes);
    }
}
