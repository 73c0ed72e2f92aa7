using System.Buffers.Binary;

namespace Crucible.Nbd;

/// <summary>A request's head as it came over the wire; nothing of it is believed yet.</summary>
/// <param name="Command">What is asked for; may be unknown.</param>
/// <param name="Flags">How; may be unknown.</param>
/// <param name="Cookie">The client's number, which its reply bears.</param>
/// <param name="Offset">Byte offset from the start of the export.</param>
/// <param name="Length">Bytes of the range, or of the payload.</param>
public readonly record struct NbdRequest(NbdCommand Command, NbdCommandFlags Flags, ulong Cookie, ulong Offset, ulong Length)
{
    /// <summary>Bytes of a head with a 32-bit length.</summary>
    public const int CompactBytes = 28;

    /// <summary>Bytes of a head with a 64-bit length.</summary>
    public const int ExtendedBytes = 32;

    /// <summary>Whether it bears a flag.</summary>
    public bool Has(NbdCommandFlags flag) => (Flags & flag) != 0;

    /// <summary>Reads a whole head. False: its magic number is another, so nothing that follows can be made sense of.</summary>
    /// <param name="head"><see cref="NbdSession.RequestHeaderBytes"/> bytes.</param>
    /// <param name="extended">Whether extended headers are in use.</param>
    /// <param name="request">The request.</param>
    public static bool TryRead(ReadOnlySpan<byte> head, bool extended, out NbdRequest request)
    {
        request = new NbdRequest(
            (NbdCommand)BinaryPrimitives.ReadUInt16BigEndian(head[6..]),
            (NbdCommandFlags)BinaryPrimitives.ReadUInt16BigEndian(head[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(head[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(head[16..]),
            extended ? BinaryPrimitives.ReadUInt64BigEndian(head[24..]) : BinaryPrimitives.ReadUInt32BigEndian(head[24..]));
        return BinaryPrimitives.ReadUInt32BigEndian(head) == (extended ? NbdMagic.ExtendedRequest : NbdMagic.Request);
    }
}
