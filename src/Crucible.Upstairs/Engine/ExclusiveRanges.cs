namespace Crucible.Upstairs;

/// <summary>
/// The block ranges under read-modify-write: writes that overlap one wait until it is done, so that a write of part of a
/// block is atomic against every other. Guarded by the engine's lock.
/// </summary>
internal sealed class ExclusiveRanges
{
    private readonly List<Range> _ranges = [];

    /// <summary>Whether the request has to wait; then it is kept until the range ends.</summary>
    public bool Holds(VolumeRequest request)
    {
        if (_ranges.Count == 0 || request.Kind.IsRead() || request.Kind == RequestKind.Flush)
        {
            return false;
        }

        var pieces = request.Pieces;
        var end = pieces[^1].Start.Value + pieces[^1].BlockCount;
        foreach (var range in _ranges)
        {
            if (range.Overlaps(request.Start.Value, end))
            {
                range.Waiting.Add(request);
                return true;
            }
        }

        return false;
    }

    /// <summary>Begins a range; false, with a task to wait for, where it overlaps another.</summary>
    public bool TryBegin(BlockIndex start, ulong blockCount, out Task released)
    {
        released = Task.CompletedTask;
        foreach (var range in _ranges)
        {
            if (range.Overlaps(start.Value, start.Value + blockCount))
            {
                released = range.Released.Task;
                return false;
            }
        }

        _ranges.Add(new Range(start.Value, start.Value + blockCount));
        return true;
    }

    /// <summary>Ends the range that begins at a block; the requests that waited for it.</summary>
    public List<VolumeRequest> End(BlockIndex start)
    {
        var index = _ranges.FindIndex(r => r.Start == start.Value);
        Invariant.Require(index >= 0);
        var range = _ranges[index];
        _ranges.RemoveAt(index);
        range.Released.SetResult();
        return range.Waiting;
    }

    private sealed record Range(ulong Start, ulong End)
    {
        public List<VolumeRequest> Waiting { get; } = [];

        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Overlaps(ulong start, ulong end) => start < End && Start < end;
    }
}
