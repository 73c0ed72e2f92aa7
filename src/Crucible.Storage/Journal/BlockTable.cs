using System.Numerics;

namespace Crucible.Storage;

/// <summary>
/// The newest journalled version of blocks: open addressing over entries kept in the order of their first appearance.
/// Entries are only added or overwritten; the whole table is emptied once its part of the journal was applied. Not
/// thread-safe: the region's lock guards it.
/// </summary>
internal sealed class BlockTable(int contextBytes, int limit)
{
    private const int InitialCapacity = 1024;

    private int[] _slots = new int[InitialCapacity * 2];
    private ulong[] _blocks = new ulong[InitialCapacity];
    private BlockPlace[] _places = new BlockPlace[InitialCapacity];
    private byte[] _contexts = new byte[InitialCapacity * contextBytes];
    private int _shift = 64 - BitOperations.Log2(InitialCapacity * 2);

    public int Count { get; private set; }

    /// <summary>Most blocks.</summary>
    public int Limit { get; } = limit;

    /// <summary>The blocks, in no particular order.</summary>
    public ReadOnlySpan<ulong> Blocks => _blocks.AsSpan(0, Count);

    /// <summary>Times that a block was set to a direct write since the table was emptied.</summary>
    public int DirectCount { get; private set; }

    /// <summary>Where the entry's version lies.</summary>
    public BlockPlace PlaceAt(int entry) => _places[entry];

    public ReadOnlySpan<byte> ContextAt(int entry) => _contexts.AsSpan(entry * contextBytes, contextBytes);

    /// <summary>The block's entry, or −1.</summary>
    public int Find(ulong block)
    {
        for (var slot = Home(block); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            var entry = _slots[slot] - 1;
            if (entry < 0 || _blocks[entry] == block)
            {
                return entry;
            }
        }
    }

    /// <summary>Adds the block or replaces its version. There must be room: <see cref="Count"/> below <see cref="Limit"/>.</summary>
    public void Set(ulong block, BlockPlace place, ReadOnlySpan<byte> context)
    {
        var slot = Home(block);
        int entry;
        while ((entry = _slots[slot] - 1) >= 0 && _blocks[entry] != block)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        if (entry < 0)
        {
            if (Count == _blocks.Length)
            {
                Grow();
                Set(block, place, context);
                return;
            }

            Invariant.Require(Count < Limit);
            entry = Count++;
            _slots[slot] = entry + 1;
            _blocks[entry] = block;
        }
        else
        {
            place = place.After(_places[entry]);
        }

        DirectCount += place.IsDirect ? 1 : 0;
        _places[entry] = place;
        context.CopyTo(_contexts.AsSpan(entry * contextBytes, contextBytes));
    }

    public void Clear()
    {
        if (Count != 0)
        {
            Array.Clear(_slots);
            Count = 0;
            DirectCount = 0;
        }
    }

    private int Home(ulong block) => (int)(unchecked(block * 0x9E3779B97F4A7C15) >> _shift);

    private void Grow()
    {
        var capacity = _blocks.Length * 2;
        Array.Resize(ref _blocks, capacity);
        Array.Resize(ref _places, capacity);
        Array.Resize(ref _contexts, capacity * contextBytes);
        _slots = new int[capacity * 2];
        _shift--;
        for (var entry = 0; entry < Count; entry++)
        {
            var slot = Home(_blocks[entry]);
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = entry + 1;
        }
    }
}
