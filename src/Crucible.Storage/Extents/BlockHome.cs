namespace Crucible.Storage;

/// <summary>In which of its two places in the extent's file a block's data lies.</summary>
internal enum BlockHome : byte
{
    First = 0,
    Second = 1,
}

/// <summary>
/// A context as it lies in a context page, or in the record of a direct write: its byte 9, zero everywhere else, tells the home
/// of a block of data.
/// </summary>
internal static class HomedContext
{
    private const int HomeOffset = BlockContext.ReservedOffset;

    public static BlockHome Other(BlockHome home) => home == BlockHome.First ? BlockHome.Second : BlockHome.First;

    public static void SetHome(Span<byte> context, BlockHome home) => context[HomeOffset] = (byte)home;

    /// <summary>Takes the home out, so that the context is as it is everywhere else.</summary>
    /// <returns>False if the bytes can't be a context: they are then as they were.</returns>
    public static bool TryTakeHome(Span<byte> context, out BlockHome home)
    {
        var value = context[HomeOffset];
        home = (BlockHome)value;
        if (value != 0)
        {
            if (value != (byte)BlockHome.Second || BlockContext.State(context) != BlockState.Data)
            {
                home = BlockHome.First;
                return false;
            }

            context[HomeOffset] = 0;
        }

        if (BlockContext.IsWellFormed(context))
        {
            return true;
        }

        context[HomeOffset] = value;
        return false;
    }

    /// <summary>The home that a context tells which is known to be well formed.</summary>
    public static BlockHome HomeOf(ReadOnlySpan<byte> context) => (BlockHome)context[HomeOffset];
}
