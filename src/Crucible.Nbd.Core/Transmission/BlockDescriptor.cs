using System.Buffers.Binary;

namespace Crucible.Nbd;

/// <summary>A stretch of an export with one status.</summary>
/// <param name="Length">Bytes, not 0.</param>
/// <param name="Status">Bits whose meaning the context defines.</param>
public readonly record struct BlockDescriptor(ulong Length, uint Status)
{
    internal int Write(Span<byte> target, bool extended)
    {
        if (extended)
        {
            BinaryPrimitives.WriteUInt64BigEndian(target, Length);
            BinaryPrimitives.WriteUInt64BigEndian(target[8..], Status);
            return 16;
        }

        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Status);
        return 8;
    }
}
