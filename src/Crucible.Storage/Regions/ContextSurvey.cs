namespace Crucible.Storage;

/// <summary>
/// Reads the contexts of a range for a comparison with another replica. What is bad is told block by block, as 0xFF bytes,
/// for repair is to mend just that.
/// </summary>
internal sealed class ContextSurvey(RegionReader reader, RegionDefinition definition, DamageLog damage)
{
    /// <param name="scratch">Empty, or memory for the blocks to hold against their contexts: at least one.</param>
    public ErrorCode Read(BlockIndex start, uint count, Span<byte> contexts, Span<byte> scratch)
    {
        var size = definition.ContextSizeBytes;
        if (!definition.ContainsInOneExtent(start, count))
        {
            return ErrorCode.OutOfRange;
        }

        if ((ulong)contexts.Length < (ulong)count * (uint)size
            || (!scratch.IsEmpty && (uint)scratch.Length < definition.BlockSizeBytes))
        {
            return ErrorCode.NotAligned;
        }

        var atOnce = scratch.IsEmpty ? count : (uint)Math.Min(count, scratch.Length >> definition.BlockShift);
        for (var done = 0U; done < count; done += atOnce)
        {
            var some = Math.Min(atOnce, count - done);
            var error = ReadSome(start + done, some, contexts.Slice((int)done * size, (int)some * size), scratch);
            if (error != ErrorCode.None)
            {
                return error;
            }
        }

        return ErrorCode.None;
    }

    private ErrorCode ReadSome(BlockIndex start, uint count, Span<byte> contexts, Span<byte> scratch)
    {
        var error = ReadAtOnce(start, count, contexts, scratch);
        if (error != ErrorCode.IoError)
        {
            return error;
        }

        // The disk refuses some of it: which blocks, only asking for each can tell.
        var size = definition.ContextSizeBytes;
        for (var i = 0U; i < count; i++)
        {
            var context = contexts.Slice((int)i * size, size);
            error = ReadAtOnce(start + i, 1, context, scratch);
            if (error == ErrorCode.IoError)
            {
                context.Fill(ContextPage.LostByte);
            }
            else if (error != ErrorCode.None)
            {
                return error;
            }
        }

        return ErrorCode.None;
    }

    private ErrorCode ReadAtOnce(BlockIndex start, uint count, Span<byte> contexts, Span<byte> scratch)
    {
        var modes = scratch.IsEmpty ? ReadModes.Contexts : ReadModes.Data | ReadModes.KeepLost;
        var error = reader.Read(start, count, contexts, scratch, modes, out var dataLength, out _);
        if (error is not (ErrorCode.None or ErrorCode.IntegrityError))
        {
            return error;
        }

        if (!scratch.IsEmpty && !BlockVerifier.Check(definition, start, count, contexts, scratch, ref dataLength))
        {
            damage.Found(definition.ExtentOf(start).Value, ExtentFlags.Damaged, $"a block from {start} on is not what its context proves");
        }

        return ErrorCode.None;
    }
}
