namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>
/// What the guest was promised, block by block. One change of a block is under way at a time; a read must return a version no
/// older than the last one acknowledged when it was issued (I9), and no newer than the last one issued when it ended.
/// </summary>
internal sealed class BlockLedger(uint run, int blockCount)
{
    private const int Gates = 64;

    // Versions further back than this are not told apart as emptied or written: no read takes so long.
    private const int RememberedVersions = 64;

    private readonly Entry[] _entries = new Entry[blockCount];
    private readonly Lock[] _gates = [.. Enumerable.Range(0, Gates).Select(_ => new Lock())];

    public int BlockCount => blockCount;

    /// <summary>Whose versions these are.</summary>
    public uint Run => run;

    /// <summary>Begins a change of a block. False: another one is under way.</summary>
    public bool TryBegin(int block, bool empties, out BlockStamp stamp)
    {
        lock (_gates[block % Gates])
        {
            ref var entry = ref _entries[block];
            stamp = new BlockStamp(run, entry.Issued + 1);
            if (entry.Issued != entry.Acknowledged)
            {
                return false;
            }

            entry.Issued++;
            entry.Emptied = (entry.Emptied << 1) | (empties ? 1UL : 0);
            return true;
        }
    }

    /// <summary>The change was acknowledged. One that failed never is: both versions are right from then on.</summary>
    public void Acknowledge(int block)
    {
        lock (_gates[block % Gates])
        {
            _entries[block].Acknowledged = _entries[block].Issued;
        }
    }

    /// <summary>The oldest version that a read issued now may return.</summary>
    public ulong OldestFor(int block)
    {
        lock (_gates[block % Gates])
        {
            return _entries[block].Acknowledged;
        }
    }

    /// <summary>Holds what a read returned against what it may; null: it is right.</summary>
    public string? Check(int block, ulong oldest, BlockStamp found)
    {
        Entry entry;
        lock (_gates[block % Gates])
        {
            entry = _entries[block];
        }

        if (!found.IsEmpty)
        {
            return found.Run == run && found.Version >= oldest && found.Version <= entry.Issued && !entry.IsEmpty(found.Version)
                ? null
                : $"block {block} holds {found}, where versions {oldest} to {entry.Issued} of run {run} were right";
        }

        for (var version = oldest; version <= entry.Issued; version++)
        {
            if (entry.IsEmpty(version))
            {
                return null;
            }
        }

        return $"block {block} is empty, where versions {oldest} to {entry.Issued} were right";
    }

    private struct Entry
    {
        public ulong Issued;
        public ulong Acknowledged;
        public ulong Emptied;

        // Bit 0 stands for the version issued last; version 0 is a block never written.
        public readonly bool IsEmpty(ulong version) =>
            version == 0 || (Issued - version < RememberedVersions && (Emptied & (1UL << (int)(Issued - version))) != 0);
    }
}
