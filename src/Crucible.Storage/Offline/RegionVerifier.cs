namespace Crucible.Storage;

/// <summary>A range of blocks of one extent that cannot be believed, and why.</summary>
/// <param name="Lost">The region itself says that no replica could tell what these blocks held.</param>
public readonly record struct RegionFinding(ExtentId Extent, BlockIndex Start, uint BlockCount, ErrorCode Error, bool Lost = false);

/// <summary>Reads a whole region and proves every context and every block.</summary>
public sealed class RegionVerifier(Region region)
{
    /// <summary>Most findings listed, so that a wrecked region doesn't fill memory; what is beyond is only counted.</summary>
    public const int MaxFindings = 10_000;

    private readonly List<RegionFinding> _findings = [];

    /// <summary>What was found, in the order of the blocks; adjacent blocks with the same error are one finding.</summary>
    public IReadOnlyList<RegionFinding> Findings => _findings;

    /// <summary>Blocks that cannot be believed.</summary>
    public ulong BadBlocks { get; private set; }

    /// <summary>Blocks that hold data and were proved.</summary>
    public ulong ProvedBlocks { get; private set; }

    /// <summary>Reads everything.</summary>
    /// <param name="progress">Told blocks done of all, a few times a second at most by what it costs; may be null.</param>
    /// <returns>Whether nothing was found.</returns>
    public bool Verify(Action<ulong, ulong>? progress, CancellationToken cancellationToken)
    {
        var extentBlocks = (ulong)region.Definition.ExtentSizeBlocks;
        return VerifyInSteps(
            (done, _) =>
            {
                if (done % extentBlocks == 0)
                {
                    progress?.Invoke(done, region.Definition.TotalBlocks);
                }
            },
            cancellationToken);
    }

    /// <summary>Reads everything, also of a region that is being served: at the pace of the caller.</summary>
    /// <param name="afterEach">Told after each stretch of at most 1 MiB the blocks done and the bytes just read; may wait.</param>
    /// <returns>Whether nothing was found.</returns>
    public bool VerifyInSteps(Action<ulong, long> afterEach, CancellationToken cancellationToken)
    {
        var definition = region.Definition;
        var chunkBlocks = ChunkBlocks(definition);
        var contexts = new byte[chunkBlocks * (uint)definition.ContextSizeBytes];
        var data = new byte[chunkBlocks * definition.BlockSizeBytes];
        for (var extent = 0U; extent < definition.ExtentCount; extent++)
        {
            var first = definition.FirstBlockOf(new ExtentId(extent));
            for (var done = 0U; done < definition.ExtentSizeBlocks; done += chunkBlocks)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = Math.Min(chunkBlocks, definition.ExtentSizeBlocks - done);
                var bytes = Verify(new ExtentId(extent), first + done, count, contexts, data);
                afterEach((extent * (ulong)definition.ExtentSizeBlocks) + done + count, bytes);
            }
        }

        return BadBlocks == 0;
    }

    /// <summary>Blocks that tools read at once.</summary>
    internal static uint ChunkBlocks(RegionDefinition definition) =>
        Math.Min(Region.MaxJobBytes / definition.BlockSizeBytes, definition.ExtentSizeBlocks);

    private long Verify(ExtentId extent, BlockIndex start, uint count, byte[] contexts, byte[] data)
    {
        var size = region.Definition.ContextSizeBytes;
        var error = region.Read(start, count, contexts, data, out var dataBytes, verify: true);
        for (var i = 0U; i < count; i++)
        {
            var context = contexts.AsSpan((int)i * size, size);
            if (error is not (ErrorCode.None or ErrorCode.IntegrityError))
            {
                Add(extent, start + i, error);
            }
            else if (!BlockContext.IsKnown(context))
            {
                Add(extent, start + i, ErrorCode.IntegrityError, IsLost(region, start + i));
            }
            else if (BlockContext.State(context) == BlockState.Data)
            {
                ProvedBlocks++;
            }
        }

        return dataBytes + ((long)count * size);
    }

    /// <summary>Whether the block, which cannot be read, is one that repair has given up.</summary>
    internal static bool IsLost(Region region, BlockIndex block)
    {
        Span<byte> context = stackalloc byte[region.Definition.ContextSizeBytes];
        return region.ReadContexts(block, 1, context) == ErrorCode.None && BlockContext.State(context) == BlockState.Lost;
    }

    private void Add(ExtentId extent, BlockIndex block, ErrorCode error, bool lost = false)
    {
        BadBlocks++;
        if (_findings.Count != 0
            && _findings[^1] is var last
            && last.Extent == extent
            && last.Error == error
            && last.Lost == lost
            && last.Start + last.BlockCount == block)
        {
            _findings[^1] = last with { BlockCount = last.BlockCount + 1 };
        }
        else if (_findings.Count < MaxFindings)
        {
            _findings.Add(new RegionFinding(extent, block, 1, error, lost));
        }
    }
}
