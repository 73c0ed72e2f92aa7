using System.Buffers.Binary;
using MessagePack;

namespace Crucible.Protocol;

/// <summary>
/// A W3C trace context (Trace Context Level 1, section 3.2), so that the spans of both sides join. Default: none.
/// On the wire nil, or a bin of 25 bytes: trace id, parent id, flags, big-endian.
/// </summary>
/// <param name="TraceIdHigh">First eight bytes of the trace id.</param>
/// <param name="TraceIdLow">Last eight bytes of the trace id.</param>
/// <param name="ParentId">Id of the sender's span.</param>
/// <param name="Flags">Bit 0: sampled.</param>
public readonly record struct TraceContext(ulong TraceIdHigh, ulong TraceIdLow, ulong ParentId, byte Flags)
{
    private const int SizeBytes = 25;

    public bool IsNone => (TraceIdHigh | TraceIdLow) == 0;

    public void Write(ref MessagePackWriter writer)
    {
        if (IsNone)
        {
            writer.WriteNil();
            return;
        }

        Span<byte> bytes = stackalloc byte[SizeBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, TraceIdHigh);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], TraceIdLow);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], ParentId);
        bytes[24] = Flags;
        writer.Write(bytes);
    }

    /// <exception cref="MessagePackSerializationException">Neither nil nor 25 bytes.</exception>
    public static TraceContext Read(ref MessagePackReader reader)
    {
        if (reader.TryReadNil())
        {
            return default;
        }

        var bytes = WireFields.ReadBin(ref reader).Span;
        return bytes.Length == SizeBytes
            ? new TraceContext(
                BinaryPrimitives.ReadUInt64BigEndian(bytes),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
                bytes[24])
            : throw new MessagePackSerializationException($"a trace context of {bytes.Length} bytes");
    }
}
