using System.Buffers.Binary;

namespace Crucible;

/// <summary>
/// Which states the blocks of a range are in, as runs: what travels instead of a context a block where only the states are
/// asked for. Packed, a little-endian u32 a run:
/// <code>
///   bits 0…1    BlockState: 0 never written, 1 data, 2 zeroes
///   bits 2…31   blocks in the run, at least 1
/// </code>
/// A block that is lost, or whose context can't be believed, counts as data: reading it tells what is wrong.
/// </summary>
/// <param name="target">Where the runs go; what fits is a prefix of the range.</param>
public ref struct BlockStateRuns(Span<byte> target)
{
    /// <summary>Bytes of one run.</summary>
    public const int RunSizeBytes = sizeof(uint);

    /// <summary>Most blocks in a run.</summary>
    public const uint MaxBlocks = uint.MaxValue >> StateBits;

    private const int StateBits = 2;

    private readonly Span<byte> _target = target;

    /// <summary>Bytes filled so far.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>What a context says to somebody who asks for nothing else.</summary>
    public static BlockState StateOf(ReadOnlySpan<byte> context) => BlockContext.State(context) switch
    {
        BlockState.NeverWritten => BlockState.NeverWritten,
        BlockState.Zeroes => BlockState.Zeroes,
        _ => BlockState.Data,
    };

    /// <summary>Adds blocks behind those that are there. False: there is no room for another run; nothing was added.</summary>
    public bool TryAdd(BlockState state, uint count)
    {
        Invariant.Require(state <= BlockState.Zeroes && count > 0 && count <= MaxBlocks);
        if (LengthBytes > 0)
        {
            var last = _target.Slice(LengthBytes - RunSizeBytes, RunSizeBytes);
            var (lastState, lastCount) = Unpack(last);
            if (lastState == state && lastCount <= MaxBlocks - count)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(last, ((lastCount + count) << StateBits) | (uint)state);
                return true;
            }
        }

        if (_target.Length - LengthBytes < RunSizeBytes)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_target[LengthBytes..], (count << StateBits) | (uint)state);
        LengthBytes += RunSizeBytes;
        return true;
    }

    /// <summary>The first of packed runs.</summary>
    public static (BlockState State, uint Count) Unpack(ReadOnlySpan<byte> runs)
    {
        var packed = BinaryPrimitives.ReadUInt32LittleEndian(runs);
        return ((BlockState)(packed & ((1U << StateBits) - 1)), packed >> StateBits);
    }

    /// <summary>How many blocks packed runs cover; null where they are none that could be.</summary>
    public static ulong? CountBlocks(ReadOnlySpan<byte> runs)
    {
        if (runs.Length % RunSizeBytes != 0)
        {
            return null;
        }

        var blocks = 0UL;
        for (; !runs.IsEmpty; runs = runs[RunSizeBytes..])
        {
            var (state, count) = Unpack(runs);
            if (state > BlockState.Zeroes || count == 0)
            {
                return null;
            }

            blocks += count;
        }

        return blocks;
    }
}
