using System.Buffers.Binary;

namespace Crucible;

/// <summary>What a block holds. The numbers travel on the wire and lie on disk; they never change.</summary>
public enum BlockState : byte
{
    /// <summary>Never written, or discarded: no data is kept; reads as zeroes.</summary>
    NeverWritten = 0,

    /// <summary>Data, proved by the context's checksum.</summary>
    Data = 1,

    /// <summary>Written as zeroes: no data is kept; reads as zeroes.</summary>
    Zeroes = 2,

    /// <summary>
    /// No replica can tell what the block held: a read of it is an integrity error until it is written, zeroed or
    /// discarded. Only repair says so, never a guest's write.
    /// </summary>
    Lost = 3,
}

/// <summary>
/// The context that proves one block: the same bytes on the wire, in the journal and in the extent file.
/// <code>
///   0  u64  checksum     XXH64 of the block as stored (encrypted: of the ciphertext), seed = block index; 0 unless Data
///   8  u8   state        BlockState
///   9  7    reserved     zeroes
///  16  24   nonce        encrypted regions only; zeroes unless Data
///  40  16   tag          encrypted regions only; zeroes unless Data
/// </code>
/// The seed binds a block to its place: another block's bytes, however whole, do not pass.
/// All numbers are little-endian. A context of all zeroes says never written.
/// </summary>
public static class BlockContext
{
    /// <summary>Bytes of a context in a region that is not encrypted.</summary>
    public const int PlainSizeBytes = 16;

    /// <summary>Bytes of a context in an encrypted region.</summary>
    public const int EncryptedSizeBytes = 56;

    private const int StateOffset = 8;
    /// <summary>Where the bytes begin that are zero wherever a context travels; a store may note something of its own there.</summary>
    public const int ReservedOffset = 9;
    private const int NonceOffset = 16;
    private const int TagOffset = 40;

    /// <summary>Bytes of one context.</summary>
    public static int SizeBytes(bool encrypted) => encrypted ? EncryptedSizeBytes : PlainSizeBytes;

    /// <summary>The checksum of a block as stored.</summary>
    public static ulong Checksum(ReadOnlySpan<byte> block, BlockIndex index) => XxHash64.Hash(block, index.Value);

    /// <summary>Fills a context for a block of data that is not encrypted (or whose nonce and tag follow).</summary>
    public static void WriteData(Span<byte> context, ulong checksum)
    {
        context.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(context, checksum);
        context[StateOffset] = (byte)BlockState.Data;
    }

    /// <summary>Fills a context for a block without data.</summary>
    public static void WriteEmpty(Span<byte> context, BlockState state)
    {
        Invariant.Require(state != BlockState.Data);
        context.Clear();
        context[StateOffset] = (byte)state;
    }

    public static BlockState State(ReadOnlySpan<byte> context) => (BlockState)context[StateOffset];

    public static ulong Checksum(ReadOnlySpan<byte> context) => BinaryPrimitives.ReadUInt64LittleEndian(context);

    /// <summary>24 bytes; only in an encrypted region's context.</summary>
    public static Span<byte> Nonce(Span<byte> context) => context.Slice(NonceOffset, TagOffset - NonceOffset);

    /// <summary>16 bytes; only in an encrypted region's context.</summary>
    public static Span<byte> Tag(Span<byte> context) => context.Slice(TagOffset, EncryptedSizeBytes - TagOffset);

    /// <summary>Whether the context can be one at all: a known state, reserved bytes zero, nothing beside the state unless data.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> context)
    {
        if (context.Slice(ReservedOffset, NonceOffset - ReservedOffset).ContainsAnyExcept((byte)0))
        {
            return false;
        }

        return State(context) switch
        {
            BlockState.Data => true,
            BlockState.NeverWritten or BlockState.Zeroes or BlockState.Lost =>
                Checksum(context) == 0 && !context[NonceOffset..].ContainsAnyExcept((byte)0),
            _ => false,
        };
    }

    /// <summary>Whether the context tells what the block holds: well formed, and not of a lost block.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> context) => IsWellFormed(context) && State(context) != BlockState.Lost;

    /// <summary>Whether the block is the one that the context, which must say data, was made for.</summary>
    public static bool Proves(ReadOnlySpan<byte> context, ReadOnlySpan<byte> block, BlockIndex index) =>
        Checksum(context) == Checksum(block, index) || Planted.Is(PlantedBug.IgnoreChecksum);
}
