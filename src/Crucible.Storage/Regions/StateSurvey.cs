namespace Crucible.Storage;

/// <summary>Tells in which states blocks are, as runs, from their contexts; extents that were never written cost nothing.</summary>
internal sealed class StateSurvey(ContextSurvey contexts, RegionMemory memory, RegionDefinition definition)
{
    public ErrorCode Read(BlockIndex start, uint count, Span<byte> scratch, ref BlockStateRuns runs)
    {
        if (!definition.ContainsInOneExtent(start, count))
        {
            return ErrorCode.OutOfRange;
        }

        if (IsUntouched(definition.ExtentOf(start)))
        {
            return runs.TryAdd(BlockState.NeverWritten, count) ? ErrorCode.None : ErrorCode.NotAligned;
        }

        var size = definition.ContextSizeBytes;
        var atOnce = (uint)Math.Min(count, scratch.Length / size);
        if (atOnce == 0)
        {
            return ErrorCode.NotAligned;
        }

        for (var done = 0U; done < count; done += atOnce)
        {
            var some = Math.Min(atOnce, count - done);
            var read = scratch[..((int)some * size)];
            var error = contexts.Read(start + done, some, read, default);
            if (error != ErrorCode.None)
            {
                return error;
            }

            if (!TryAdd(read, ref runs))
            {
                return ErrorCode.None;
            }
        }

        return ErrorCode.None;
    }

    private bool IsUntouched(ExtentId extent)
    {
        lock (memory.Lock)
        {
            return memory.IsUntouched(extent.Value);
        }
    }

    private bool TryAdd(ReadOnlySpan<byte> read, ref BlockStateRuns runs)
    {
        var size = definition.ContextSizeBytes;
        while (!read.IsEmpty)
        {
            var state = BlockStateRuns.StateOf(read);
            var end = size;
            while (end < read.Length && BlockStateRuns.StateOf(read[end..]) == state)
            {
                end += size;
            }

            if (!runs.TryAdd(state, (uint)(end / size)))
            {
                return false;
            }

            read = read[end..];
        }

        return true;
    }
}
