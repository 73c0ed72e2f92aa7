using System.Numerics;
using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Which unretired job wrote a block last: where the dependencies of the next job come from. Single blocks lie in an
/// open-addressed table that forgets retired jobs when it grows full; the wide ranges of zeroings and discards, which
/// carry nothing a block, in a short list.
/// </summary>
internal sealed class WriterMap
{
    private const int MinSlots = 1024;

    private readonly List<WideJob> _wide = [];
    private Slot[] _slots = new Slot[MinSlots];
    private Slot[] _spare = [];
    private int _used;

    /// <summary>Notes a write, and adds to <paramref name="dependencies"/> the jobs from <paramref name="oldest"/> on that it overlaps.</summary>
    public void Write(JobId job, BlockIndex start, uint blockCount, JobId oldest, ref JobDependencies dependencies)
    {
        AddWideOverlaps(start, blockCount, oldest, ref dependencies);
        for (uint i = 0; i < blockCount; i++)
        {
            if (_used * 2 >= _slots.Length)
            {
                Rebuild(oldest);
            }

            ref var slot = ref Find(start.Value + i);
            if (slot.BlockPlusOne == 0)
            {
                slot.BlockPlusOne = start.Value + i + 1;
                _used++;
            }
            else if (slot.Job >= oldest)
            {
                dependencies.Add(slot.Job);
            }

            slot.Job = job;
        }
    }

    /// <summary>Notes a zeroing or a discard of a range, and adds the jobs it overlaps.</summary>
    public void WriteWide(JobId job, BlockIndex start, uint blockCount, JobId oldest, ref JobDependencies dependencies)
    {
        AddOverlaps(start, blockCount, oldest, ref dependencies);
        DropRetiredWide(oldest);
        _wide.Add(new WideJob(job, start, blockCount));
    }

    /// <summary>Adds the jobs from <paramref name="oldest"/> on that wrote any of the blocks.</summary>
    public void AddOverlaps(BlockIndex start, uint blockCount, JobId oldest, ref JobDependencies dependencies)
    {
        AddWideOverlaps(start, blockCount, oldest, ref dependencies);
        if (_used == 0)
        {
            return;
        }

        if (blockCount > _slots.Length)
        {
            AddOverlapsByTable(start, blockCount, oldest, ref dependencies);
            return;
        }

        for (uint i = 0; i < blockCount; i++)
        {
            ref var slot = ref Find(start.Value + i);
            if (slot.BlockPlusOne != 0 && slot.Job >= oldest)
            {
                dependencies.Add(slot.Job);
            }
        }
    }

    private void DropRetiredWide(JobId oldest)
    {
        var kept = 0;
        for (var i = 0; i < _wide.Count; i++)
        {
            if (_wide[i].Job >= oldest)
            {
                _wide[kept++] = _wide[i];
            }
        }

        _wide.RemoveRange(kept, _wide.Count - kept);
    }

    private void AddWideOverlaps(BlockIndex start, uint blockCount, JobId oldest, ref JobDependencies dependencies)
    {
        foreach (var wide in _wide)
        {
            if (wide.Job >= oldest && wide.Start.Value < start.Value + blockCount && start.Value < wide.Start.Value + wide.BlockCount)
            {
                dependencies.Add(wide.Job);
            }
        }
    }

    // A range wider than the table: look at the table's blocks rather than at the range's.
    private void AddOverlapsByTable(BlockIndex start, uint blockCount, JobId oldest, ref JobDependencies dependencies)
    {
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.BlockPlusOne > start.Value && slot.BlockPlusOne <= start.Value + blockCount && slot.Job >= oldest)
            {
                dependencies.Add(slot.Job);
            }
        }
    }

    private void Rebuild(JobId oldest)
    {
        var old = _slots;
        var live = 0;
        foreach (ref readonly var slot in old.AsSpan())
        {
            live += slot.BlockPlusOne != 0 && slot.Job >= oldest ? 1 : 0;
        }

        // It never shrinks: the limit on unretired bytes bounds it, and a table that changes its size allocates.
        var size = Math.Max(old.Length, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(MinSlots, live * 4)));
        _slots = _spare.Length == size ? _spare : new Slot[size];
        _used = live;
        foreach (ref readonly var slot in old.AsSpan())
        {
            if (slot.BlockPlusOne != 0 && slot.Job >= oldest)
            {
                Find(slot.BlockPlusOne - 1) = slot;
            }
        }

        // The next rebuild most often needs the same size again: two tables take turns.
        Array.Clear(old);
        _spare = old;
    }

    private ref Slot Find(ulong block)
    {
        var mask = (ulong)_slots.Length - 1;
        var index = unchecked((block * 0x9E3779B97F4A7C15) >> 20) & mask;
        while (_slots[index].BlockPlusOne != 0 && _slots[index].BlockPlusOne != block + 1)
        {
            index = (index + 1) & mask;
        }

        return ref _slots[index];
    }

    private struct Slot
    {
        public ulong BlockPlusOne;
        public JobId Job;
    }

    private readonly record struct WideJob(JobId Job, BlockIndex Start, uint BlockCount);
}
