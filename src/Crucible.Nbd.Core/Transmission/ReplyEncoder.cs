using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Crucible.Nbd;

/// <summary>
/// Writes replies as a session frames them, without the data of reads: where <see cref="WriteData"/> says so, the engine
/// puts it behind what was written.
/// </summary>
public readonly struct ReplyEncoder(NbdReplyMode mode)
{
    /// <summary>Bytes of a simple reply.</summary>
    public const int SimpleBytes = 16;

    /// <summary>Bytes of a chunk's head.</summary>
    public const int StructuredBytes = 20;

    /// <summary>Bytes of an extended chunk's head.</summary>
    public const int ExtendedBytes = 32;

    /// <summary>Success without data.</summary>
    public void WriteDone(IBufferWriter<byte> output, in NbdRequest request)
    {
        if (mode == NbdReplyMode.Simple)
        {
            WriteSimple(output, NbdError.None, request);
        }
        else
        {
            BeginChunk(output, NbdReplyFlags.Done, NbdChunk.None, request, 0);
        }
    }

    /// <summary>A failure. Its text, cut at <see cref="NbdLimits.MaxErrorTextBytes"/> bytes, goes to clients that understand it.</summary>
    public void WriteError(IBufferWriter<byte> output, in NbdRequest request, NbdError error, string text)
    {
        Invariant.Require(error != NbdError.None);
        if (mode == NbdReplyMode.Simple)
        {
            WriteSimple(output, error, request);
            return;
        }

        Span<byte> bytes = stackalloc byte[NbdLimits.MaxErrorTextBytes];
        _ = Utf8.FromUtf16(text, bytes, out _, out var length);
        var body = BeginChunk(output, NbdReplyFlags.Done, NbdChunk.Error, request, 6 + (uint)length);
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)error);
        BinaryPrimitives.WriteUInt16BigEndian(body[4..], (ushort)length);
        bytes[..length].CopyTo(body[6..]);
    }

    /// <summary>A failure at an offset within the request; with structured replies only.</summary>
    public void WriteErrorAt(IBufferWriter<byte> output, in NbdRequest request, NbdError error, ulong offset)
    {
        Invariant.Require(error != NbdError.None && mode != NbdReplyMode.Simple);
        var body = BeginChunk(output, NbdReplyFlags.Done, NbdChunk.ErrorOffset, request, 14);
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)error);
        BinaryPrimitives.WriteUInt16BigEndian(body[4..], 0);
        BinaryPrimitives.WriteUInt64BigEndian(body[6..], offset);
    }

    /// <summary>The head of read data; the data follows. A simple reply has one, for all that was asked.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="request">The read.</param>
    /// <param name="offset">Of the data, from the start of the export.</param>
    /// <param name="length">Bytes of data, not 0.</param>
    /// <param name="isLast">Whether the reply ends with it.</param>
    public void WriteData(IBufferWriter<byte> output, in NbdRequest request, ulong offset, uint length, bool isLast)
    {
        if (mode == NbdReplyMode.Simple)
        {
            Invariant.Require(offset == request.Offset && length == request.Length);
            WriteSimple(output, NbdError.None, request);
            return;
        }

        Invariant.Require(length > 0);
        var body = BeginChunk(output, Flags(isLast), NbdChunk.OffsetData, request, 8 + (ulong)length, 8);
        BinaryPrimitives.WriteUInt64BigEndian(body, offset);
    }

    /// <summary>Zeroes of a read that are not sent; with structured replies only.</summary>
    public void WriteHole(IBufferWriter<byte> output, in NbdRequest request, ulong offset, uint length, bool isLast)
    {
        Invariant.Require(length > 0 && mode != NbdReplyMode.Simple);
        var body = BeginChunk(output, Flags(isLast), NbdChunk.OffsetHole, request, 12);
        BinaryPrimitives.WriteUInt64BigEndian(body, offset);
        BinaryPrimitives.WriteUInt32BigEndian(body[8..], length);
    }

    /// <summary>The descriptors of one context; with structured replies only.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="request">The query.</param>
    /// <param name="context">Which context.</param>
    /// <param name="descriptors">1 to <see cref="NbdLimits.MaxDescriptors"/>, from the request's offset on.</param>
    /// <param name="isLast">Whether the reply ends with it.</param>
    public void WriteStatus(
        IBufferWriter<byte> output, in NbdRequest request, NbdContext context, ReadOnlySpan<BlockDescriptor> descriptors, bool isLast)
    {
        Invariant.Require(descriptors.Length is > 0 and <= NbdLimits.MaxDescriptors && mode != NbdReplyMode.Simple);
        var extended = mode == NbdReplyMode.Extended;
        var body = extended
            ? BeginChunk(output, Flags(isLast), NbdChunk.BlockStatusExtended, request, 8 + (16 * (ulong)descriptors.Length))
            : BeginChunk(output, Flags(isLast), NbdChunk.BlockStatus, request, 4 + (8 * (ulong)descriptors.Length));
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)context);
        body = body[4..];
        if (extended)
        {
            BinaryPrimitives.WriteInt32BigEndian(body, descriptors.Length);
            body = body[4..];
        }

        foreach (var descriptor in descriptors)
        {
            body = body[descriptor.Write(body, extended)..];
        }
    }

    private static NbdReplyFlags Flags(bool isLast) => isLast ? NbdReplyFlags.Done : NbdReplyFlags.None;

    private static void WriteSimple(IBufferWriter<byte> output, NbdError error, in NbdRequest request)
    {
        var bytes = Claim(output, SimpleBytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, NbdMagic.SimpleReply);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], (uint)error);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], request.Cookie);
    }

    private Span<byte> BeginChunk(IBufferWriter<byte> output, NbdReplyFlags flags, NbdChunk chunk, in NbdRequest request, ulong length) =>
        BeginChunk(output, flags, chunk, request, length, (int)length);

    // The head of a chunk of so many bytes, and room for those of them that are written here.
    private Span<byte> BeginChunk(
        IBufferWriter<byte> output, NbdReplyFlags flags, NbdChunk chunk, in NbdRequest request, ulong length, int bodyBytes)
    {
        var extended = mode == NbdReplyMode.Extended;
        var headBytes = extended ? ExtendedBytes : StructuredBytes;
        var bytes = Claim(output, headBytes + bodyBytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, extended ? NbdMagic.ExtendedReply : NbdMagic.StructuredReply);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)chunk);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], request.Cookie);
        if (extended)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], request.Offset);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], (uint)length);
        }

        return bytes[headBytes..];
    }

    private static Span<byte> Claim(IBufferWriter<byte> output, int length)
    {
        var bytes = output.GetSpan(length)[..length];
        output.Advance(length);
        return bytes;
    }
}
