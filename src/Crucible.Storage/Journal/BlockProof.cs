namespace Crucible.Storage;

/// <summary>Checks that contexts and data belong together: before they are journalled, and when they are replayed.</summary>
internal static class BlockProof
{
    /// <param name="contexts">Exactly one context a block.</param>
    /// <param name="mayBeLost">Repair may say that a block is lost; a guest may not.</param>
    /// <param name="data">Exactly the blocks whose context says data, in order.</param>
    public static ErrorCode Check(
        RegionDefinition definition, BlockIndex start, uint count, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data, bool mayBeLost)
    {
        if (count > MaxBlocks(definition))
        {
            return ErrorCode.OutOfRange;
        }

        var contextBytes = definition.ContextSizeBytes;
        var blockBytes = (int)definition.BlockSizeBytes;
        if (contexts.Length != (int)count * contextBytes || data.Length > Region.MaxJobBytes)
        {
            return ErrorCode.NotAligned;
        }

        for (var i = 0; i < count; i++)
        {
            var context = contexts.Slice(i * contextBytes, contextBytes);
            if (!(mayBeLost ? BlockContext.IsWellFormed(context) : BlockContext.IsKnown(context)))
            {
                return ErrorCode.IntegrityError;
            }

            if (BlockContext.State(context) != BlockState.Data)
            {
                continue;
            }

            if (data.Length < blockBytes)
            {
                return ErrorCode.NotAligned;
            }

            if (!BlockContext.Proves(context, data[..blockBytes], new BlockIndex(start.Value + (ulong)i)))
            {
                return ErrorCode.IntegrityError;
            }

            data = data[blockBytes..];
        }

        return data.IsEmpty ? ErrorCode.None : ErrorCode.NotAligned;
    }

    /// <summary>Most blocks of a job with contexts.</summary>
    public static uint MaxBlocks(RegionDefinition definition) => Region.MaxJobBytes / definition.BlockSizeBytes;
}
