using System.Buffers.Binary;
using MessagePack;

namespace Crucible.Protocol;

/// <summary>
/// A frame's header as it arrived: proved by its CRC, its kind known, its fields not yet read. It points into the
/// receiver's memory and is valid as long as that is.
/// </summary>
public readonly ref struct FrameHeader
{
    private readonly ReadOnlyMemory<byte> _fields;
    private readonly int _fieldCount;

    private FrameHeader(MessageKind kind, ReadOnlyMemory<byte> fields, int fieldCount)
    {
        Kind = kind;
        _fields = fields;
        _fieldCount = fieldCount;
    }

    /// <summary>What the message is; any number a peer may send, known or not.</summary>
    public MessageKind Kind { get; }

    /// <summary>Opens a header whose prefix was read from <paramref name="prefixBytes"/>.</summary>
    /// <param name="prefixBytes">The 12 bytes of the prefix.</param>
    /// <param name="header">The bytes after it, without the payload.</param>
    /// <param name="payloadBytes">The payload's length as the prefix tells it.</param>
    /// <exception cref="ProtocolViolationException">The CRC is wrong or the header is not one of ours.</exception>
    public static FrameHeader Open(ReadOnlySpan<byte> prefixBytes, ReadOnlyMemory<byte> header, int payloadBytes)
    {
        if (!FramePrefix.Proves(prefixBytes, header.Span))
        {
            throw new ProtocolViolationException("a frame's header does not match its CRC");
        }

        var tail = BinHeaderBytes(payloadBytes);
        if (header.Length <= tail || !EndsInBinHeader(header.Span[^tail..], payloadBytes))
        {
            throw new ProtocolViolationException("a frame's header does not end in its payload's length");
        }

        try
        {
            // Without the tail: what a hostile kind claims of it must not be read twice.
            header = header[..^tail];
            var reader = new MessagePackReader(header);
            var elements = reader.ReadArrayHeader() - (payloadBytes > 0 ? 1 : 0);
            var kind = (MessageKind)reader.ReadByte();
            return new FrameHeader(kind, header[(int)reader.Consumed..], elements - 1);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            throw new ProtocolViolationException("a frame's header is not an array that begins with a kind", e);
        }
    }

    /// <summary>Reads the fields of the message, which must be of <typeparamref name="T"/>'s kind; fields appended by later versions are skipped.</summary>
    /// <exception cref="ProtocolViolationException">The fields are not those of <typeparamref name="T"/>.</exception>
    public T Read<T>()
        where T : struct, IWireHeader<T>
    {
        Invariant.Require(Kind == T.Kind);
        if (_fieldCount < T.FieldCount)
        {
            throw new ProtocolViolationException($"{Kind} with {_fieldCount} fields");
        }

        try
        {
            var reader = new MessagePackReader(_fields);
            var header = T.Read(ref reader);
            for (var i = T.FieldCount; i < _fieldCount; i++)
            {
                reader.Skip();
            }

            return reader.Consumed == _fields.Length
                ? header
                : throw new ProtocolViolationException($"{Kind} with bytes behind its last field");
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            throw new ProtocolViolationException($"{Kind} with wrong fields: {e.Message}", e);
        }
    }

    private static int BinHeaderBytes(int payloadBytes) => payloadBytes switch
    {
        0 => 0,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    private static bool EndsInBinHeader(ReadOnlySpan<byte> tail, int payloadBytes) => tail.Length switch
    {
        0 => true,
        2 => tail[0] == MessagePackCode.Bin8 && tail[1] == payloadBytes,
        3 => tail[0] == MessagePackCode.Bin16 && BinaryPrimitives.ReadUInt16BigEndian(tail[1..]) == payloadBytes,
        _ => tail[0] == MessagePackCode.Bin32 && BinaryPrimitives.ReadUInt32BigEndian(tail[1..]) == payloadBytes,
    };
}
