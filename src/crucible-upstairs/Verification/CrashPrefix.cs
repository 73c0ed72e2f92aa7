namespace Crucible.Upstairs.Program;

/// <summary>
/// What a crash may leave of writes that were not flushed: all writes up to some one of them, and none after it. Each block
/// seen narrows down which one that can be: not before the write it holds, and before the next write to it.
/// </summary>
internal sealed class CrashPrefix
{
    private readonly Expectation _expectation;
    private readonly Dictionary<ulong, List<uint>> _unflushed = [];
    private (uint Write, ulong Block)? _latestSeen;
    private (uint Write, ulong Block)? _earliestMissed;

    public CrashPrefix(Expectation expectation)
    {
        _expectation = expectation;
        foreach (var write in expectation.Unflushed)
        {
            for (ulong i = 0; i < write.BlockCount; i++)
            {
                if (!_unflushed.TryGetValue(write.First + i, out var writes))
                {
                    _unflushed.Add(write.First + i, writes = []);
                }

                writes.Add(write.Number);
            }
        }
    }

    /// <summary>The write up to which everything has happened.</summary>
    public uint LastWrite => Math.Max(_expectation.LastFlushed, _latestSeen?.Write ?? 0);

    /// <summary>Why no prefix fits what was seen; null where one does.</summary>
    public string? Contradiction => _earliestMissed is { } missed && missed.Write <= LastWrite
        ? $"no prefix: block {_latestSeen!.Value.Block} holds write {_latestSeen.Value.Write}, "
            + $"but block {missed.Block} lacks the earlier write {missed.Write}"
        : null;

    /// <summary>Whether a block may hold this write, by itself; if so, what that tells is taken note of.</summary>
    public bool Accepts(ulong block, uint held)
    {
        var flushed = _expectation.FlushedVersionOf(block);
        if (!_unflushed.TryGetValue(block, out var later))
        {
            return held == flushed;
        }

        var place = held == flushed ? -1 : later.IndexOf(held);
        if (place < 0 && held != flushed)
        {
            return false;
        }

        if (place >= 0 && (_latestSeen is null || held > _latestSeen.Value.Write))
        {
            _latestSeen = (held, block);
        }

        if (place + 1 < later.Count && (_earliestMissed is null || later[place + 1] < _earliestMissed.Value.Write))
        {
            _earliestMissed = (later[place + 1], block);
        }

        return true;
    }

    /// <summary>What a block may hold, in words.</summary>
    public string Describe(ulong block)
    {
        var flushed = _expectation.FlushedVersionOf(block);
        var certain = flushed == 0 ? "zeroes" : $"write {flushed} of seed {_expectation.SeedOf(flushed)}";
        return _unflushed.TryGetValue(block, out var later) ? $"{certain}, or one of writes {string.Join(", ", later)}" : certain;
    }
}
