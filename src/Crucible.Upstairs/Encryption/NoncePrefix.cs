using System.Buffers.Binary;

namespace Crucible.Upstairs.Encryption;

/// <summary>The first 96 bits of an XAES-256-GCM nonce: they choose the derived key. Not secret.</summary>
internal readonly record struct NoncePrefix(ulong First, uint Last)
{
    public const int SizeBytes = 12;

    /// <summary>Reads the prefix from the start of a nonce.</summary>
    public static NoncePrefix Read(ReadOnlySpan<byte> nonce) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(nonce), BinaryPrimitives.ReadUInt32LittleEndian(nonce[8..]));

    /// <summary>Writes the prefix to the start of a nonce.</summary>
    public void Write(Span<byte> nonce)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, First);
        BinaryPrimitives.WriteUInt32LittleEndian(nonce[8..], Last);
    }
}
