namespace Crucible.Storage.Tests;

/// <summary>Every version of every block that jobs 1, 2, 3, … left behind, to hold a recovered region against.</summary>
internal sealed class BlockHistory(RegionDefinition definition)
{
    public const ulong NeverWritten = 0;
    public const ulong Zeroes = 1;

    private readonly List<ulong[]> _after = [new ulong[definition.TotalBlocks]];

    /// <summary>Jobs so far.</summary>
    public ulong Jobs => (ulong)_after.Count - 1;

    /// <summary>Versions of all blocks after that job.</summary>
    public ReadOnlySpan<ulong> After(ulong job) => _after[(int)job];

    /// <summary>One more job: these blocks become that version. A flush changes none.</summary>
    public void Add(uint start, uint count, ulong version)
    {
        var next = (ulong[])_after[^1].Clone();
        next.AsSpan((int)start, (int)count).Fill(version);
        _after.Add(next);
    }

    /// <summary>
    /// Reads every block. Each must be as it was after <paramref name="job"/>; or, where the region says that it is a mixture
    /// (null), as it was after any job; or, where damage is allowed, an integrity error.
    /// </summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(Region region, ulong? job, bool mayBeDamaged)
    {
        var size = definition.ContextSizeBytes;
        var blockBytes = (int)definition.BlockSizeBytes;
        var chunk = definition.ExtentSizeBlocks;
        var contexts = new byte[chunk * size];
        var data = new byte[chunk * definition.BlockSizeBytes];
        for (var start = 0U; start < definition.TotalBlocks; start += chunk)
        {
            var error = region.Read(new BlockIndex(start), chunk, contexts, data, out _, verify: true);
            if (error != ErrorCode.None && !(mayBeDamaged && error == ErrorCode.IntegrityError))
            {
                return $"reading blocks from {start} on: {error}";
            }

            var from = 0;
            for (var i = 0U; i < chunk; i++)
            {
                var context = contexts.AsSpan((int)i * size, size);
                if (!BlockContext.IsKnown(context))
                {
                    if (!mayBeDamaged)
                    {
                        return $"block {start + i} is damaged";
                    }

                    continue;
                }

                var state = BlockContext.State(context);
                var content = state == BlockState.Data ? data.AsSpan(from, blockBytes) : default;
                from += content.Length;
                if (!IsOneOf(start + i, job, state, content))
                {
                    return $"block {start + i} is {state} and not as after {(job is { } one ? $"job {one}" : "any job")}";
                }
            }
        }

        return null;
    }

    private bool IsOneOf(uint block, ulong? job, BlockState state, ReadOnlySpan<byte> content)
    {
        if (job is { } one)
        {
            return Is(block, _after[(int)one][block], state, content);
        }

        foreach (var versions in _after)
        {
            if (Is(block, versions[block], state, content))
            {
                return true;
            }
        }

        return false;
    }

    private bool Is(uint block, ulong version, BlockState state, ReadOnlySpan<byte> content) => version switch
    {
        NeverWritten => state == BlockState.NeverWritten,
        Zeroes => state == BlockState.Zeroes,
        _ => state == BlockState.Data && content.SequenceEqual(TestRegion.Data(definition, block, 1, version)),
    };
}
