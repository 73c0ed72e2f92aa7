namespace Crucible.Storage;

/// <summary>
/// The versions of all extents as of the last appended record, with lists of those dirty and of those changed since the
/// last apply, so that a flush and an apply cost in proportion to what was written. Guarded by the region's lock.
/// </summary>
internal sealed class ExtentTable(uint extentCount)
{
    private readonly ulong[] _generations = new ulong[extentCount];
    private readonly ulong[] _flushNumbers = new ulong[extentCount];
    private readonly ExtentFlags[] _flags = new ExtentFlags[extentCount];
    private readonly List<uint> _dirty = [];
    private readonly List<uint> _changed = [];
    private ulong[]? _asOf;

    public uint Count => (uint)_flags.Length;

    /// <summary>Extents with <see cref="ExtentFlags.Established"/>.</summary>
    public ulong EstablishedCount { get; private set; }

    /// <summary>Extents changed since the last apply.</summary>
    public int ChangedCount => _changed.Count;

    public ExtentFlags FlagsOf(uint extent) => _flags[extent];

    public ExtentVersion VersionOf(uint extent) => new(
        new Generation(_generations[extent]),
        new FlushNumber(_flushNumbers[extent]),
        (_flags[extent] & ExtentFlags.Dirty) != 0,
        (_flags[extent] & (ExtentFlags.Damaged | ExtentFlags.FileFaulted)) != 0);

    /// <summary>What the disk says, while opening: nothing counts as changed unless it must be written again.</summary>
    /// <param name="asOf">Journal position up to which the entry already knows everything.</param>
    /// <param name="isAhead">An apply that did not get to its checkpoint wrote the entry: it may not be durable.</param>
    public void Load(in ExtentEntry entry, ulong asOf, bool isAhead = false)
    {
        if (asOf != 0)
        {
            _asOf ??= new ulong[VersionPage.CountFor(Count)];
            _asOf[entry.Extent / VersionPage.EntryCount] = asOf;
        }

        _generations[entry.Extent] = entry.Generation;
        _flushNumbers[entry.Extent] = entry.FlushNumber;
        EstablishedCount -= (_flags[entry.Extent] & ExtentFlags.Established) != 0 ? 1UL : 0UL;
        _flags[entry.Extent] = entry.Flags;
        EstablishedCount += (entry.Flags & ExtentFlags.Established) != 0 ? 1UL : 0UL;
        if ((entry.Flags & ExtentFlags.Dirty) != 0)
        {
            List(entry.Extent);
        }

        if (isAhead)
        {
            Change(entry.Extent);
        }
    }

    /// <summary>Recovery is over: from here on every record counts.</summary>
    public void EndLoading() => _asOf = null;

    /// <summary>The record at <paramref name="position"/> touches blocks of the extent.</summary>
    public void Touch(uint extent, ulong position)
    {
        Change(extent);
        if (!Knows(extent, position))
        {
            _flags[extent] |= ExtentFlags.Dirty;
            List(extent);
        }
    }

    /// <summary>The extent's blocks change, and are to be applied; its version stays.</summary>
    public void Change(uint extent)
    {
        if ((_flags[extent] & ExtentFlags.Changed) == 0)
        {
            _flags[extent] |= ExtentFlags.Changed;
            _changed.Add(extent);
        }
    }

    /// <summary>The flush at <paramref name="position"/> cleans every dirty extent.</summary>
    public void Flush(Generation generation, FlushNumber number, ulong position)
    {
        var kept = 0;
        for (var i = 0; i < _dirty.Count; i++)
        {
            var extent = _dirty[i];
            if (Knows(extent, position))
            {
                _dirty[kept++] = extent;
                continue;
            }

            _generations[extent] = generation.Value;
            _flushNumbers[extent] = number.Value;
            _flags[extent] &= ~(ExtentFlags.Dirty | ExtentFlags.Listed);
            Change(extent);
        }

        _dirty.RemoveRange(kept, _dirty.Count - kept);
    }

    /// <summary>The record at <paramref name="position"/> gives the extent this version.</summary>
    public void SetVersion(uint extent, Generation generation, FlushNumber number, bool dirty, ulong position)
    {
        Change(extent);
        if (Knows(extent, position))
        {
            return;
        }

        _generations[extent] = generation.Value;
        _flushNumbers[extent] = number.Value;
        if (dirty)
        {
            _flags[extent] |= ExtentFlags.Dirty;
            List(extent);
        }
        else
        {
            _flags[extent] &= ~(ExtentFlags.Dirty | ExtentFlags.Listed);
            _dirty.Remove(extent);
        }
    }

    /// <summary>Adds and removes flags that say how the extent's file is.</summary>
    public void Mark(uint extent, ExtentFlags add, ExtentFlags remove)
    {
        var before = _flags[extent];
        _flags[extent] = (before & ~remove) | add;
        EstablishedCount = EstablishedCount + ((_flags[extent] & ExtentFlags.Established) != 0 ? 1UL : 0UL)
            - ((before & ExtentFlags.Established) != 0 ? 1UL : 0UL);
    }

    /// <summary>Marks damage, to be noted on disk with the next apply.</summary>
    /// <returns>Whether it was not known before.</returns>
    public bool MarkDamaged(uint extent, ExtentFlags flags)
    {
        if ((_flags[extent] & flags) == flags)
        {
            return false;
        }

        _flags[extent] |= flags;
        Change(extent);
        return true;
    }

    /// <summary>Hands over what changed since the last call, in no particular order.</summary>
    public void TakeChanges(List<ExtentEntry> changes)
    {
        changes.Clear();
        foreach (var extent in _changed)
        {
            _flags[extent] = (_flags[extent] & ~ExtentFlags.Changed) | ExtentFlags.Planned;
            changes.Add(new ExtentEntry(
                extent, _generations[extent], _flushNumbers[extent], _flags[extent] & (ExtentFlags.Persisted | ExtentFlags.Direct)));
        }

        _changed.Clear();
    }

    private bool Knows(uint extent, ulong position) =>
        _asOf is not null && position < _asOf[extent / VersionPage.EntryCount];

    private void List(uint extent)
    {
        if ((_flags[extent] & ExtentFlags.Listed) == 0)
        {
            _flags[extent] |= ExtentFlags.Listed;
            _dirty.Add(extent);
        }
    }
}
