using System.Buffers.Binary;

namespace Crucible.Simulation;

/// <summary>
/// What guests write: a number that no other write of the life bears, the block it is for, and a pattern made of both, so that
/// a block that is torn, or another's, is told from any that a guest wrote.
/// </summary>
internal static class BlockStamp
{
    /// <summary>A block that is none of the guests'.</summary>
    public const ulong Garbage = ulong.MaxValue;

    public static void Write(Span<byte> block, ulong stamp, ulong index)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(block, stamp);
        BinaryPrimitives.WriteUInt64LittleEndian(block[8..], index);
        var pattern = SimulationRandom.Mix(unchecked((stamp * 31) + index));
        for (var at = 16; at < block.Length; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(block[at..], unchecked(pattern + (ulong)at));
        }
    }

    /// <summary>The stamp of a block; 0 for one of zeroes; <see cref="Garbage"/> where it is neither.</summary>
    public static ulong Read(ReadOnlySpan<byte> block, ulong index)
    {
        var stamp = BinaryPrimitives.ReadUInt64LittleEndian(block);
        if (stamp == 0)
        {
            return block.ContainsAnyExcept((byte)0) ? Garbage : 0;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(block[8..]) != index)
        {
            return Garbage;
        }

        var pattern = SimulationRandom.Mix(unchecked((stamp * 31) + index));
        for (var at = 16; at < block.Length; at += 8)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(block[at..]) != unchecked(pattern + (ulong)at))
            {
                return Garbage;
            }
        }

        return stamp;
    }
}
