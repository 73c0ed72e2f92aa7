namespace Crucible.Upstairs.Program;

/// <summary>Which writes a fill makes: each within one extent and one frame, so that it is one job.</summary>
internal sealed class FillPlan
{
    private readonly RegionDefinition _definition;
    private readonly AccessPattern _pattern;
    private readonly ulong _first;
    private readonly ulong _count;
    private readonly uint _mostBlocks;
    private SplitMix64 _random;
    private ulong _next;

    /// <param name="definition">The volume's geometry.</param>
    /// <param name="options">What to write.</param>
    /// <param name="range">Where.</param>
    /// <param name="writesBefore">So that a second fill with the same seed goes elsewhere than the first.</param>
    public FillPlan(RegionDefinition definition, FillOptions options, (ulong First, ulong Count) range, uint writesBefore)
    {
        _definition = definition;
        _pattern = options.Pattern;
        (_first, _count) = range;
        _mostBlocks = (uint)Math.Clamp(options.SizeBytes / definition.BlockSizeBytes, 1, TransferSizes.ChunkBytes / definition.BlockSizeBytes);
        _random = new SplitMix64(unchecked(options.Seed + writesBefore));
        Writes = options.Count
            ?? (options.Pattern == AccessPattern.Sequential ? long.MaxValue : Math.Max(1, (long)(2 * _count / _mostBlocks)));
        StopsAtEnd = options.Pattern == AccessPattern.Sequential && options.Count is null;
    }

    /// <summary>How many writes to make at most.</summary>
    public long Writes { get; }

    /// <summary>Once over the range is enough.</summary>
    private bool StopsAtEnd { get; }

    /// <summary>The next write's blocks; false: there is none.</summary>
    public bool TryNext(out ulong first, out uint blockCount)
    {
        if (_pattern == AccessPattern.Random)
        {
            first = _first + (ulong)_random.Below((long)_count);
            blockCount = Clip(first, 1 + (uint)_random.Below(_mostBlocks));
            return true;
        }

        if (_next == _count)
        {
            _next = 0;
            if (StopsAtEnd)
            {
                first = 0;
                blockCount = 0;
                return false;
            }
        }

        first = _first + _next;
        blockCount = Clip(first, _mostBlocks);
        _next += blockCount;
        return true;
    }

    private uint Clip(ulong first, uint wanted)
    {
        var inExtent = _definition.ExtentSizeBlocks - _definition.OffsetInExtent(new BlockIndex(first));
        return (uint)Math.Min(Math.Min(wanted, inExtent), _first + _count - first);
    }
}
