using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The chunks of a region in their order, each handed out once; one that could not be finished is given back and comes again.
/// </summary>
internal sealed class RegionWalk
{
    private readonly RegionDefinition _definition;
    private readonly Func<uint, bool> _skips;
    private readonly Queue<Chunk> _again = new();
    private uint _extent;
    private uint _start;

    /// <param name="definition">The geometry.</param>
    /// <param name="skips">Whether an extent needs no looking at.</param>
    public RegionWalk(RegionDefinition definition, Func<uint, bool> skips)
    {
        _definition = definition;
        _skips = skips;
        LeftBytes = definition.TotalBytes;
    }

    /// <summary>Bytes not yet finished.</summary>
    public ulong LeftBytes { get; private set; }

    /// <summary>Bytes finished; skipped ones count.</summary>
    public ulong FinishedBytes => _definition.TotalBytes - LeftBytes;

    /// <summary>The next chunk; false where all were handed out.</summary>
    public bool TryNext(out Chunk chunk)
    {
        if (_again.TryDequeue(out chunk))
        {
            return true;
        }

        while (_start == 0 && _extent < _definition.ExtentCount && _skips(_extent))
        {
            LeftBytes -= (ulong)_definition.ExtentSizeBlocks * _definition.BlockSizeBytes;
            _extent++;
        }

        if (_extent == _definition.ExtentCount)
        {
            chunk = default;
            return false;
        }

        chunk = new Chunk(_extent, _start, Math.Min(_definition.ExtentSizeBlocks - _start, WireLimits.MaxBlocksPerJob));
        _start += chunk.Count;
        if (_start == _definition.ExtentSizeBlocks)
        {
            _start = 0;
            _extent++;
        }

        return true;
    }

    public void Finish(in Chunk chunk) => LeftBytes -= (ulong)chunk.Count * _definition.BlockSizeBytes;

    public void GiveBack(in Chunk chunk) => _again.Enqueue(chunk);
}
