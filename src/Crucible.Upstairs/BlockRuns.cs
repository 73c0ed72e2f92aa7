using System.Collections;

namespace Crucible.Upstairs;

/// <summary>
/// The runs that a range of a volume is made of, in order, each unlike its neighbours. An object is handed to one request at a
/// time, which fills it; it may be read once that has succeeded, until the next. Reused, it allocates nothing.
/// </summary>
public sealed class BlockRuns : IReadOnlyList<BlockRun>
{
    private const byte Unknown = byte.MaxValue;

    private readonly List<BlockRun> _runs = [];
    private byte[] _states = [];
    private ulong _firstBlock;
    private int _blockCount;
    private int _blockShift;
    private long _headBytes;
    private long _rangeBytes;
    private bool _isCounted = true;

    /// <summary>How many runs there are.</summary>
    public int Count => Counted.Count;

    /// <summary>Bytes that all of them cover, from the start of the range asked about.</summary>
    public long LengthBytes
    {
        get
        {
            var length = 0L;
            foreach (var run in Counted)
            {
                length += run.LengthBytes;
            }

            return length;
        }
    }

    /// <inheritdoc/>
    public BlockRun this[int index] => Counted[index];

    private List<BlockRun> Counted
    {
        get
        {
            if (!_isCounted)
            {
                _isCounted = true;
                CountRuns();
            }

            return _runs;
        }
    }

    /// <summary>The runs, in order; allocates nothing.</summary>
    public List<BlockRun>.Enumerator GetEnumerator() => Counted.GetEnumerator();

    IEnumerator<BlockRun> IEnumerable<BlockRun>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Makes the object ready for a range of bytes, of which nothing is known yet.</summary>
    internal void Begin(ulong offset, ulong length, RegionDefinition definition)
    {
        Clear();
        if (length == 0)
        {
            return;
        }

        _blockShift = definition.BlockShift;
        _firstBlock = offset >> _blockShift;
        _headBytes = (long)(offset - (_firstBlock << _blockShift));
        _rangeBytes = (long)length;
        _blockCount = (int)(((offset + length - 1) >> _blockShift) - _firstBlock + 1);
        if (_states.Length < _blockCount)
        {
            _states = GC.AllocateUninitializedArray<byte>(_blockCount);
        }

        _states.AsSpan(0, _blockCount).Fill(Unknown);
        _isCounted = false;
    }

    /// <summary>Makes it an empty range's.</summary>
    internal void Clear()
    {
        _runs.Clear();
        _blockCount = 0;
        _isCounted = true;
    }

    /// <summary>Notes the states that contexts of a part of the range tell. Parts may be noted beside each other.</summary>
    internal void TakeContexts(BlockIndex start, ReadOnlySpan<byte> contexts, int contextSize)
    {
        for (var at = (int)(start.Value - _firstBlock); !contexts.IsEmpty; contexts = contexts[contextSize..])
        {
            _states[at++] = (byte)BlockStateRuns.StateOf(contexts);
        }
    }

    /// <summary>Notes packed runs of a part of the range.</summary>
    internal void TakeRuns(BlockIndex start, ReadOnlySpan<byte> runs)
    {
        for (var at = (int)(start.Value - _firstBlock); !runs.IsEmpty; runs = runs[BlockStateRuns.RunSizeBytes..])
        {
            var (state, count) = BlockStateRuns.Unpack(runs);
            _states.AsSpan(at, (int)count).Fill((byte)state);
            at += (int)count;
        }
    }

    /// <summary>Notes the same state of the whole range.</summary>
    internal void TakeAll(BlockState state) => _states.AsSpan(0, _blockCount).Fill((byte)state);

    // Up to the first block of which nothing is known: pieces may have been answered only in part.
    private void CountRuns()
    {
        var states = _states.AsSpan(0, _blockCount);
        var skipped = _headBytes;
        var left = _rangeBytes;
        while (!states.IsEmpty && states[0] != Unknown)
        {
            var blocks = states.IndexOfAnyExcept(states[0]);
            blocks = blocks < 0 ? states.Length : blocks;
            var bytes = Math.Min(((long)blocks << _blockShift) - skipped, left);
            _runs.Add(new BlockRun(bytes, AllocationOf((BlockState)states[0])));
            skipped = 0;
            left -= bytes;
            states = states[blocks..];
        }
    }

    private static BlockAllocation AllocationOf(BlockState state) => state switch
    {
        BlockState.NeverWritten => BlockAllocation.NeverWritten,
        BlockState.Zeroes => BlockAllocation.Zeroes,
        _ => BlockAllocation.Data,
    };
}
