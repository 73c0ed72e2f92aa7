using System.Buffers.Binary;

namespace Crucible.Protocol;

/// <summary>
/// The first 12 bytes of every frame, little-endian:
/// <code>
///   0  u32  body length      bytes after the prefix: the header and the payload
///   4  u32  payload length   how many of them, at the end, are the payload
///   8  u32  crc              CRC-32C of bytes 0 to 7 and of the header
/// </code>
/// The payload is outside the CRC: the block contexts in the header prove it.
/// </summary>
/// <param name="BodyBytes">Bytes after the prefix.</param>
/// <param name="PayloadBytes">How many of them are the payload.</param>
/// <param name="Crc">CRC-32C of the two lengths and of the header.</param>
public readonly record struct FramePrefix(uint BodyBytes, uint PayloadBytes, uint Crc)
{
    /// <summary>Bytes of a prefix.</summary>
    public const int SizeBytes = 12;

    /// <summary>Bytes of the body that are the header.</summary>
    public int HeaderBytes => (int)(BodyBytes - PayloadBytes);

    /// <summary>Reads a prefix and checks its lengths against <see cref="WireLimits"/>, before memory is taken for either.</summary>
    /// <exception cref="ProtocolViolationException">A length is beyond its limit.</exception>
    public static FramePrefix Read(ReadOnlySpan<byte> source)
    {
        var prefix = new FramePrefix(
            BinaryPrimitives.ReadUInt32LittleEndian(source),
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]));
        if (prefix.PayloadBytes > WireLimits.MaxPayloadBytes
            || prefix.BodyBytes <= prefix.PayloadBytes
            || prefix.BodyBytes - prefix.PayloadBytes > WireLimits.MaxHeaderBytes)
        {
            throw new ProtocolViolationException(
                $"a frame of {prefix.BodyBytes} bytes with {prefix.PayloadBytes} of payload is beyond the limits");
        }

        return prefix;
    }

    /// <summary>Writes the prefix of a frame whose header is given.</summary>
    public static void Write(Span<byte> target, ReadOnlySpan<byte> header, int payloadBytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)(header.Length + payloadBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)payloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], CrcOf(target[..8], header));
    }

    /// <summary>Whether the header, and the lengths before it, arrived as they were sent.</summary>
    /// <param name="prefix">The 12 bytes.</param>
    /// <param name="header">The header's bytes.</param>
    public static bool Proves(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt32LittleEndian(prefix[8..]) == CrcOf(prefix[..8], header);

    private static uint CrcOf(ReadOnlySpan<byte> lengths, ReadOnlySpan<byte> header) =>
        Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Start, lengths), header));
}
