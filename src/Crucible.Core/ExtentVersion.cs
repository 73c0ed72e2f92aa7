using System.Buffers.Binary;

namespace Crucible;

/// <summary>
/// How far an extent is: which flush of which generation it has seen whole, and whether it was written since.
/// As bytes 24 bytes: u64 generation, u64 flush number, u8 flags (bit 0 dirty, bit 1 faulted), 7 zeroes; little-endian.
/// </summary>
/// <param name="Generation">Generation of the last flush that covered a write of this extent; 0 if none did.</param>
/// <param name="Flush">That flush.</param>
/// <param name="Dirty">It was written since.</param>
/// <param name="Faulted">It can't be trusted until it is repaired.</param>
public readonly record struct ExtentVersion(Generation Generation, FlushNumber Flush, bool Dirty, bool Faulted)
{
    /// <summary>Bytes of one version.</summary>
    public const int SizeBytes = 24;

    public void Write(Span<byte> target)
    {
        target[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, Generation.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Flush.Value);
        target[16] = (byte)((Dirty ? 1 : 0) | (Faulted ? 2 : 0));
    }

    public static ExtentVersion Read(ReadOnlySpan<byte> source) => new(
        new Generation(BinaryPrimitives.ReadUInt64LittleEndian(source)),
        new FlushNumber(BinaryPrimitives.ReadUInt64LittleEndian(source[8..])),
        (source[16] & 1) != 0,
        (source[16] & 2) != 0);
}
