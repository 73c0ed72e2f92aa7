namespace Crucible.Storage;

/// <summary>In what two or three regions differ.</summary>
public enum RegionDifferenceKind
{
    /// <summary>Block size, extent size, extent count or encryption: nothing else is compared then.</summary>
    Geometry,

    /// <summary>An extent's generation, flush number or dirty flag.</summary>
    Version,

    /// <summary>The contexts of a run of blocks.</summary>
    Contexts,

    /// <summary>The contexts are alike, the data of a run of blocks is not: at least one is damaged.</summary>
    Data,

    /// <summary>A run of blocks that one of them cannot read.</summary>
    Unreadable,
}

/// <summary>A difference; extent and blocks are 0 where they mean nothing.</summary>
public readonly record struct RegionDifference(RegionDifferenceKind Kind, ExtentId Extent, BlockIndex Start, uint BlockCount);

/// <summary>Compares regions that should be alike. Offline: on regions opened for it alone.</summary>
public sealed class RegionComparer(IReadOnlyList<Region> regions)
{
    /// <summary>Most differences listed; what is beyond is only counted.</summary>
    public const int MaxDifferences = 10_000;

    private readonly List<RegionDifference> _differences = [];
    private readonly RegionDefinition _definition = regions[0].Definition;

    /// <summary>What differs, in the order of the extents.</summary>
    public IReadOnlyList<RegionDifference> Differences => _differences;

    /// <summary>Differences in all, also beyond those listed.</summary>
    public ulong Count { get; private set; }

    /// <summary>Compares everything, or one extent.</summary>
    /// <param name="withData">Also compare the bytes of blocks whose contexts are alike.</param>
    /// <param name="progress">Told extents done of all; may be null.</param>
    /// <returns>Whether they are alike.</returns>
    public bool Compare(ExtentId? only, bool withData, Action<uint, uint>? progress, CancellationToken cancellationToken)
    {
        if (regions.Any(r => r.Definition != _definition))
        {
            Add(RegionDifferenceKind.Geometry, default, default, 0);
            return false;
        }

        var scratch = regions.Select(_ => new Side(_definition)).ToArray();
        var first = only?.Value ?? 0;
        var end = only is null ? _definition.ExtentCount : first + 1;
        for (var extent = first; extent < end; extent++)
        {
            CompareExtent(new ExtentId(extent), scratch, withData, cancellationToken);
            progress?.Invoke(extent + 1 - first, end - first);
        }

        return Count == 0;
    }

    private void CompareExtent(ExtentId extent, Side[] sides, bool withData, CancellationToken cancellationToken)
    {
        var version = regions[0].VersionOf(extent);
        if (regions.Any(r => r.VersionOf(extent) != version))
        {
            Add(RegionDifferenceKind.Version, extent, default, 0);
        }

        var chunk = RegionVerifier.ChunkBlocks(_definition);
        for (var done = 0U; done < _definition.ExtentSizeBlocks; done += chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = _definition.FirstBlockOf(extent) + done;
            var count = Math.Min(chunk, _definition.ExtentSizeBlocks - done);
            for (var i = 0; i < sides.Length; i++)
            {
                sides[i].Read(regions[i], start, count, withData);
            }

            CompareBlocks(extent, start, count, sides, withData);
        }
    }

    private void CompareBlocks(ExtentId extent, BlockIndex start, uint count, Side[] sides, bool withData)
    {
        RegionDifferenceKind? runKind = null;
        var runStart = 0U;
        for (var i = 0U; i <= count; i++)
        {
            var kind = i < count ? KindOf(i, sides, withData) : null;
            if (kind == runKind)
            {
                continue;
            }

            if (runKind is { } ended)
            {
                Add(ended, extent, start + runStart, i - runStart);
            }

            runKind = kind;
            runStart = i;
        }
    }

    private static RegionDifferenceKind? KindOf(uint block, Side[] sides, bool withData)
    {
        if (sides.Any(s => !s.IsReadable(block)))
        {
            return RegionDifferenceKind.Unreadable;
        }

        for (var i = 1; i < sides.Length; i++)
        {
            if (!sides[i].Context(block).SequenceEqual(sides[0].Context(block)))
            {
                return RegionDifferenceKind.Contexts;
            }

            if (withData && !sides[i].Block(block).SequenceEqual(sides[0].Block(block)))
            {
                return RegionDifferenceKind.Data;
            }
        }

        return null;
    }

    private void Add(RegionDifferenceKind kind, ExtentId extent, BlockIndex start, uint count)
    {
        Count++;
        if (_differences.Count < MaxDifferences)
        {
            _differences.Add(new RegionDifference(kind, extent, start, count));
        }
    }

    /// <summary>One region's part of what is being compared.</summary>
    private sealed class Side(RegionDefinition definition)
    {
        private readonly int _blockBytes = (int)definition.BlockSizeBytes;
        private readonly int _contextBytes = definition.ContextSizeBytes;
        private readonly byte[] _contexts = new byte[RegionVerifier.ChunkBlocks(definition) * (uint)definition.ContextSizeBytes];
        private readonly byte[] _data = new byte[RegionVerifier.ChunkBlocks(definition) * definition.BlockSizeBytes];
        private readonly int[] _offsets = new int[RegionVerifier.ChunkBlocks(definition)];
        private ErrorCode _error;

        public void Read(Region region, BlockIndex start, uint count, bool withData)
        {
            _error = withData
                ? region.Read(start, count, _contexts, _data, out _)
                : region.ReadContexts(start, count, _contexts);
            for (int i = 0, offset = 0; i < count; i++)
            {
                var hasData = BlockContext.State(Context((uint)i)) == BlockState.Data;
                _offsets[i] = hasData ? offset : -1;
                offset += hasData ? _blockBytes : 0;
            }
        }

        public bool IsReadable(uint block) =>
            _error is ErrorCode.None or ErrorCode.IntegrityError && BlockContext.IsKnown(Context(block));

        public ReadOnlySpan<byte> Context(uint block) => _contexts.AsSpan((int)block * _contextBytes, _contextBytes);

        public ReadOnlySpan<byte> Block(uint block) => _offsets[block] < 0 ? default : _data.AsSpan(_offsets[block], _blockBytes);
    }
}
