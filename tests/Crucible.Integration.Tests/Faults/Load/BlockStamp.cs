using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>
/// What a block of verified load holds: who wrote it, to which block, in which version, and from there on every byte. A block
/// that is torn, old, or another one's is told by looking at it. A block of zeroes is version 0 or one that was emptied.
/// </summary>
/// <param name="Run">Whose; not 0.</param>
/// <param name="Version">Which write of this run; for <see cref="VerifiedLoad"/> counted by block, else by run.</param>
internal readonly record struct BlockStamp(uint Run, ulong Version)
{
    private const ulong Magic = 0x6372_7563_6962_6c65;
    private const int HeadBytes = 32;

    /// <summary>Nothing but zeroes.</summary>
    public static BlockStamp Empty => default;

    public bool IsEmpty => Run == 0;

    /// <summary>Fills a block.</summary>
    public void Fill(ulong block, Span<byte> data)
    {
        Assert.NotEqual(0U, Run);
        BinaryPrimitives.WriteUInt64LittleEndian(data, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(data[8..], Run);
        BinaryPrimitives.WriteUInt64LittleEndian(data[16..], block);
        BinaryPrimitives.WriteUInt64LittleEndian(data[24..], Version);
        FillBody(block, MemoryMarshal.Cast<byte, ulong>(data[HeadBytes..]));
    }

    /// <summary>Which version a block holds; null, with what is wrong, where it is no whole version of this block.</summary>
    public static BlockStamp? Parse(ulong block, ReadOnlySpan<byte> data, Span<byte> scratch, out string? problem)
    {
        problem = null;
        if (!data.ContainsAnyExcept((byte)0))
        {
            return Empty;
        }

        var run = BinaryPrimitives.ReadUInt64LittleEndian(data[8..]);
        var writtenTo = BinaryPrimitives.ReadUInt64LittleEndian(data[16..]);
        var stamp = new BlockStamp((uint)(run & uint.MaxValue), BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
        if (BinaryPrimitives.ReadUInt64LittleEndian(data) != Magic || run is 0 or > uint.MaxValue)
        {
            problem = $"block {block} holds garbage: {Convert.ToHexString(data[..HeadBytes])}";
        }
        else if (writtenTo != block)
        {
            problem = $"block {block} holds what was written to block {writtenTo} ({stamp})";
        }
        else
        {
            stamp.Fill(block, scratch[..data.Length]);
            var same = data.CommonPrefixLength(scratch[..data.Length]);
            problem = same == data.Length ? null : $"block {block} is torn at byte {same} of {stamp}";
        }

        return problem is null ? stamp : null;
    }

    private void FillBody(ulong block, Span<ulong> body)
    {
        unchecked
        {
            var state = (Version * 0x9E37_79B9_7F4A_7C15) ^ BitOperations.RotateLeft(block, 32) ^ (Run * 0xD1B5_4A32_D192_ED03);
            for (var i = 0; i < body.Length; i++)
            {
                state += 0x9E37_79B9_7F4A_7C15;
                body[i] = state ^ (state >> 29);
            }
        }
    }
}
