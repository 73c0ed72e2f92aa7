using System.Runtime.InteropServices;

namespace Crucible.Storage;

/// <summary>
/// Carries a plan out, in this order, each step durable before the next: the journal up to the plan's end; extents; names
/// of new extents; versions; the checkpoint. A crash anywhere leaves the old checkpoint, and the replay does it all again.
/// </summary>
internal sealed class Applier(
    RegionIdentity region, RegionMemory memory, Journal journal, ExtentCache extents, IStorageDirectory directory,
    IStorageFile versions, RegionFault fault)
{
    /// <summary>Files written before they are synced together: they stay open until then, so that no write error is lost.</summary>
    private const int FilesAtOnce = 64;

    private readonly ExtentApplier _extentApplier = new(region, journal);
    private readonly ExtentMaker _maker = new(directory, region);
    private readonly VersionWriter _versionWriter = new(versions, region);
    private readonly List<ExtentFile> _unsynced = new(FilesAtOnce);
    private ulong[] _blocks = [];
    private int[] _entries = [];

    /// <exception cref="StorageException">Something could not be read or written; executing may be tried again if it was space.</exception>
    public void Execute(ApplyPlan plan)
    {
        if (!Planted.Is(PlantedBug.ApplyBeforeDurable))
        {
            journal.SyncTo(plan.End);
        }

        Sort(plan);
        try
        {
            ApplyExtents(plan);
            SyncExtents(plan);
        }
        finally
        {
            Release();
        }

        SyncNames();
        if (plan.Extents.Count != 0)
        {
            _versionWriter.Write(CollectionsMarshal.AsSpan(plan.Extents), plan.End);
            Sync(versions);
        }

        journal.WriteCheckpoint(plan.End, plan.State, plan.EstablishedCount, plan.BeginsEpoch);
        Free(plan);
    }

    /// <summary>Puts into memory what executing found out about extent files. Under the region's lock.</summary>
    public void Commit(ApplyPlan plan)
    {
        foreach (var entry in CollectionsMarshal.AsSpan(plan.Extents))
        {
            memory.Extents.Mark(
                entry.Extent,
                add: entry.Flags & (ExtentFlags.Established | ExtentFlags.Damaged),
                remove: ExtentFlags.Planned
                    | ((entry.Flags & ExtentFlags.Established) != 0 ? ExtentFlags.Direct : ExtentFlags.None)
                    | (plan.Healed.Contains(entry.Extent) ? ExtentFlags.Damaged : ExtentFlags.None)
                    | (plan.Readable.Contains(entry.Extent) ? ExtentFlags.FileFaulted : ExtentFlags.None));
        }
    }

    private void Sort(ApplyPlan plan)
    {
        var table = plan.Table!;
        if (_blocks.Length < table.Count)
        {
            _blocks = new ulong[Math.Max(table.Count, _blocks.Length * 2)];
            _entries = new int[_blocks.Length];
        }

        table.Blocks.CopyTo(_blocks);
        for (var i = 0; i < table.Count; i++)
        {
            _entries[i] = i;
        }

        _blocks.AsSpan(0, table.Count).Sort(_entries.AsSpan(0, table.Count));
        CollectionsMarshal.AsSpan(plan.Extents).Sort(static (a, b) => a.Extent.CompareTo(b.Extent));
    }

    private void ApplyExtents(ApplyPlan plan)
    {
        var changes = CollectionsMarshal.AsSpan(plan.Extents);
        var blocks = _blocks.AsSpan(0, plan.Table!.Count);
        var change = 0;
        for (var from = 0; from < blocks.Length;)
        {
            var extent = region.Definition.ExtentOf(new BlockIndex(blocks[from])).Value;
            var end = region.Definition.FirstBlockOf(new ExtentId(extent)).Value + region.Definition.ExtentSizeBlocks;
            var to = from + 1;
            while (to < blocks.Length && blocks[to] < end)
            {
                to++;
            }

            while (changes[change].Extent != extent)
            {
                change++;
            }

            ApplyExtent(plan, ref changes[change], blocks[from..to], _entries.AsSpan(from, to - from));
            from = to;
        }
    }

    private void ApplyExtent(ApplyPlan plan, ref ExtentEntry change, ReadOnlySpan<ulong> blocks, ReadOnlySpan<int> entries)
    {
        var table = plan.Table!;
        var file = OpenOrMake(plan, ref change, blocks.Length, table, entries);
        if (file is null)
        {
            return;
        }

        _unsynced.Add(file);
        if (!_extentApplier.Apply(file, table, blocks, entries, plan.Freed))
        {
            change = change with { Flags = change.Flags | ExtentFlags.Damaged };
        }
        else if ((change.Flags & ExtentFlags.Damaged) != 0 && _extentApplier.IsWhole(file))
        {
            change = change with { Flags = change.Flags & ~ExtentFlags.Damaged };
            plan.Healed.Add(change.Extent);
        }

        plan.Readable.Add(change.Extent);
        _extentApplier.WriteMetadata(file, change);
        if (_unsynced.Count == FilesAtOnce)
        {
            SyncExtents(plan);
        }
    }

    /// <summary>Null where there is nothing to make a file for.</summary>
    private ExtentFile? OpenOrMake(
        ApplyPlan plan, ref ExtentEntry change, int count, BlockTable table, ReadOnlySpan<int> entries)
    {
        var extent = change.Extent;
        var isEstablished = (change.Flags & ExtentFlags.Established) != 0;
        if (isEstablished && extents.Pin(extent) is { } open)
        {
            return open;
        }

        if (!isEstablished && AllNeverWritten(table, entries[..count]))
        {
            return null;
        }

        if (!isEstablished && (change.Flags & ExtentFlags.Direct) != 0)
        {
            // The journal relies on what it holds.
            var held = extents.PinUnestablished(extent) ?? extents.PinNew(extent, _maker.MakeBare(extent));
            try
            {
                _maker.Complete(held.File, change);
            }
            catch (StorageException)
            {
                extents.Unpin(held);
                throw;
            }

            change = change with { Flags = change.Flags | ExtentFlags.Established };
            plan.EstablishedCount++;
            return held;
        }

        // Not established: all that it ever held is in the journal. Established and yet not there: what it held is lost,
        // and its blocks say so until each was written again.
        extents.Drop(extent);
        var made = _maker.Make(change, lost: isEstablished);
        change = change with
        {
            Flags = change.Flags | ExtentFlags.Established | (isEstablished ? ExtentFlags.Damaged : ExtentFlags.None),
        };
        plan.EstablishedCount += isEstablished ? 0UL : 1UL;
        return extents.PinNew(extent, made);
    }

    private static bool AllNeverWritten(BlockTable table, ReadOnlySpan<int> entries)
    {
        foreach (var entry in entries)
        {
            if (BlockContext.State(table.ContextAt(entry)) != BlockState.NeverWritten)
            {
                return false;
            }
        }

        return true;
    }

    private void SyncExtents(ApplyPlan plan)
    {
        foreach (var file in _unsynced)
        {
            file.File.BeginWriting();
        }

        foreach (var file in _unsynced)
        {
            if (!Planted.Is(PlantedBug.SkipExtentSync))
            {
                file.Sync(fault);

                // What a repair copies nobody has asked for yet: kept in memory it would only displace what is read.
                if (plan.State.Repairing)
                {
                    file.File.Forget(0, region.Layout.FileBytes);
                }
            }
        }

        Release();
    }

    /// <summary>Gives the space of homes back that nobody needs any more: what fails of it is space, not data.</summary>
    private void Free(ApplyPlan plan)
    {
        foreach (var run in plan.Freed)
        {
            try
            {
                if (extents.Pin(run.Extent) is { } file)
                {
                    try
                    {
                        file.File.TryPunchHole(
                            region.Layout.BlockOffset(run.First, run.Home), (long)run.Count << region.Definition.BlockShift);
                    }
                    finally
                    {
                        extents.Unpin(file);
                    }
                }
            }
            catch (StorageException)
            {
                // It is given back when the block is next discarded.
            }
        }
    }

    /// <summary>A sync that failed is never tried again: what the disk holds is then unknown, and the region with it (I10).</summary>
    private void Sync(IStorageFile file)
    {
        try
        {
            file.Sync();
        }
        catch (StorageException e)
        {
            fault.Set(e.Message);
            throw;
        }
    }

    private void SyncNames()
    {
        try
        {
            _maker.SyncNames();
        }
        catch (StorageException e)
        {
            fault.Set(e.Message);
            throw;
        }
    }

    private void Release()
    {
        foreach (var file in _unsynced)
        {
            extents.Unpin(file);
        }

        _unsynced.Clear();
    }
}
