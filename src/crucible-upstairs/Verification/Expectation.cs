namespace Crucible.Upstairs.Program;

/// <summary>
/// What a range of a volume should hold: which write each block holds for certain, and which writes were made since the
/// last flush, any first part of which may have happened. Filled from an <see cref="ExpectationFile"/>.
/// </summary>
internal sealed class Expectation(Guid volume, uint blockSizeBytes, ulong firstBlock, ulong blockCount)
{
    private readonly uint[] _flushed = new uint[blockCount];
    private readonly List<FillWrite> _unflushed = [];
    private readonly List<(uint From, ulong Seed)> _seeds = [];

    /// <summary>Which volume.</summary>
    public Guid Volume => volume;

    /// <summary>Bytes of its blocks.</summary>
    public uint BlockSizeBytes => blockSizeBytes;

    /// <summary>First block of the range.</summary>
    public ulong FirstBlock => firstBlock;

    /// <summary>Blocks of the range.</summary>
    public ulong BlockCount => blockCount;

    /// <summary>The last write; 0: none yet.</summary>
    public uint LastWrite { get; private set; }

    /// <summary>The last write that an acknowledged flush covers, or that was found after a crash.</summary>
    public uint LastFlushed { get; private set; }

    /// <summary>Writes after <see cref="LastFlushed"/>, in order.</summary>
    public IReadOnlyList<FillWrite> Unflushed => _unflushed;

    /// <summary>The write that a block holds for certain, before those that are not flushed; 0: zeroes.</summary>
    public uint FlushedVersionOf(ulong block) => _flushed[block - firstBlock];

    /// <summary>The seed that a write was made with.</summary>
    public ulong SeedOf(uint write) => _seeds.FindLast(s => s.From <= write).Seed;

    /// <summary>Writes from now on are made with this seed.</summary>
    public void UseSeed(ulong seed) => _seeds.Add((LastWrite + 1, seed));

    /// <summary>A write is about to be made.</summary>
    /// <returns>False: it does not follow the last one, or lies outside of the range.</returns>
    public bool TryAdd(FillWrite write)
    {
        if (write.Number != LastWrite + 1 || write.BlockCount == 0 || write.First < firstBlock
            || write.BlockCount > blockCount || write.First - firstBlock > blockCount - write.BlockCount || _seeds.Count == 0)
        {
            return false;
        }

        LastWrite = write.Number;
        _unflushed.Add(write);
        return true;
    }

    /// <summary>A flush was acknowledged that covers all writes so far.</summary>
    public void Flushed() => SettleAt(LastWrite);

    /// <summary>Writes after this one have not happened, as a verification after a crash has found.</summary>
    public void SettleAt(uint write)
    {
        foreach (var done in _unflushed.TakeWhile(w => w.Number <= write))
        {
            _flushed.AsSpan((int)(done.First - firstBlock), (int)done.BlockCount).Fill(done.Number);
        }

        _unflushed.Clear();
        LastFlushed = write;
    }
}

/// <summary>One write of <c>fill</c>: one job, so that it happens whole or not at all.</summary>
/// <param name="Number">Counted from 1 over the life of an expectation; the order in which they were made.</param>
/// <param name="First">First block.</param>
/// <param name="BlockCount">Blocks, all in one extent.</param>
internal readonly record struct FillWrite(uint Number, ulong First, uint BlockCount);
