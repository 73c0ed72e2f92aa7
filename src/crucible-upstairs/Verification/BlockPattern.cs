using System.Buffers.Binary;

namespace Crucible.Upstairs.Program;

/// <summary>
/// What <c>fill</c> writes into a block: it follows from seed, write and block alone, and says which it is, so that
/// <c>verify</c> can tell an older version from another block's data and from garbage.
/// <code>
///  0   8  seed        8   4  number of the write, from 1      12   4  "FILL"      16   8  block      24  …  random words
/// </code>
/// </summary>
internal static class BlockPattern
{
    private const uint Mark = 0x4C4C4946;
    private const int HeaderBytes = 24;

    /// <summary>Fills one block.</summary>
    public static void Write(Span<byte> block, ulong seed, uint write, ulong index)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(block, seed);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], write);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], Mark);
        BinaryPrimitives.WriteUInt64LittleEndian(block[16..], index);
        var random = Words(seed, write, index);
        for (var rest = block[HeaderBytes..]; rest.Length > 0; rest = rest[8..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, random.Next());
        }
    }

    /// <summary>What a block holds.</summary>
    public static BlockContent Read(ReadOnlySpan<byte> block, ulong index)
    {
        if (!block.ContainsAnyExcept((byte)0))
        {
            return new BlockContent(ContentKind.Zeroes, 0, 0);
        }

        var seed = BinaryPrimitives.ReadUInt64LittleEndian(block);
        var write = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
        var other = BinaryPrimitives.ReadUInt64LittleEndian(block[16..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) != Mark)
        {
            return new BlockContent(ContentKind.Foreign, 0, 0);
        }

        var random = Words(seed, write, other);
        for (var rest = block[HeaderBytes..]; rest.Length > 0; rest = rest[8..])
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(rest) != random.Next())
            {
                return new BlockContent(ContentKind.Torn, seed, write);
            }
        }

        return new BlockContent(other == index ? ContentKind.Whole : ContentKind.Misplaced, seed, write);
    }

    private static SplitMix64 Words(ulong seed, uint write, ulong index) =>
        new(unchecked((seed * 0x9E3779B97F4A7C15) ^ (write * 0xD1B54A32D192ED03) ^ (index * 0x8CB92BA72F3D8DD7)));
}

/// <summary>What a block was found to hold.</summary>
internal enum ContentKind
{
    /// <summary>A whole version that fill wrote to this block.</summary>
    Whole,

    /// <summary>Nothing but zeroes.</summary>
    Zeroes,

    /// <summary>It begins like a version of fill's and goes on otherwise.</summary>
    Torn,

    /// <summary>A whole version that fill wrote to another block.</summary>
    Misplaced,

    /// <summary>Nothing that fill wrote.</summary>
    Foreign,
}

/// <summary>What a block was found to hold: its kind and, where it has one, its version.</summary>
internal readonly record struct BlockContent(ContentKind Kind, ulong Seed, uint Write)
{
    /// <summary>The same in words.</summary>
    public override string ToString() => Kind switch
    {
        ContentKind.Whole => $"write {Write} of seed {Seed}",
        ContentKind.Zeroes => "zeroes",
        ContentKind.Torn => $"a torn write {Write} of seed {Seed}",
        ContentKind.Misplaced => $"another block's data (write {Write} of seed {Seed})",
        _ => "data that fill did not write",
    };
}
