namespace Crucible.Storage;

/// <summary>Holds blocks that were read against their contexts.</summary>
internal static class BlockVerifier
{
    /// <summary>Takes out the data of blocks that are not what their contexts prove, and marks these contexts as lost.</summary>
    /// <returns>Whether all were right.</returns>
    public static bool Check(
        RegionDefinition definition, BlockIndex start, uint count, Span<byte> contexts, Span<byte> data, ref int dataLength)
    {
        var contextBytes = definition.ContextSizeBytes;
        var blockBytes = (int)definition.BlockSizeBytes;
        var good = true;
        var from = 0;
        var to = 0;
        for (var i = 0; i < count; i++)
        {
            var context = contexts.Slice(i * contextBytes, contextBytes);
            if (BlockContext.State(context) != BlockState.Data)
            {
                continue;
            }

            var block = data.Slice(from, blockBytes);
            from += blockBytes;
            if (!BlockContext.Proves(context, block, new BlockIndex(start.Value + (ulong)i)))
            {
                context.Fill(ContextPage.LostByte);
                good = false;
                continue;
            }

            if (to != from - blockBytes)
            {
                block.CopyTo(data[to..]);
            }

            to += blockBytes;
        }

        dataLength = to;
        return good;
    }
}
