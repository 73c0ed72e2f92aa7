namespace Crucible.Storage;

/// <summary>A run of blocks being read, and where the newest version of each lies.</summary>
internal ref struct ReadChunk(RegionDefinition definition)
{
    /// <summary>Stands for a journal position: the block's newest version is its extent's.</summary>
    public const ulong InExtent = ulong.MaxValue;

    public BlockIndex Start;
    public Span<byte> Contexts;
    public Span<ulong> Positions;
    public Span<byte> Data;
    public ReadModes Modes;

    /// <summary>The disk would have to be waited for.</summary>
    public bool WouldBlock;

    /// <summary>A block of it is lost on every replica.</summary>
    public bool HasLost;

    /// <summary>The newest version of one of its blocks may not be on the disk, and never will be.</summary>
    public bool IsRefused;

    private readonly RegionDefinition _definition = definition;

    public readonly bool WithData => (Modes & ReadModes.Data) != 0;

    public readonly bool CachedOnly => (Modes & ReadModes.CachedOnly) != 0;

    /// <summary>Fills the contexts of all blocks that are not in the journal.</summary>
    public readonly void FillMissing(byte value)
    {
        for (var i = 0; i < Positions.Length; i++)
        {
            if (Positions[i] == InExtent)
            {
                Context(i).Fill(value);
            }
        }
    }

    public readonly bool HasData(int block) => BlockContext.State(Context(block)) == BlockState.Data;

    /// <summary>To a guest a block that every replica has lost is as one that is damaged here.</summary>
    public void HideLost(int block)
    {
        var context = Context(block);
        if (BlockContext.State(context) == BlockState.Lost && (Modes & ReadModes.KeepLost) == 0)
        {
            context.Fill(ContextPage.LostByte);
            HasLost = true;
        }
    }

    /// <summary>How many blocks from that one on are the extent's.</summary>
    public readonly int RunInExtent(int from)
    {
        var to = from;
        while (to < Positions.Length && Positions[to] == InExtent)
        {
            to++;
        }

        return to - from;
    }

    /// <summary>How many blocks from that one on have their data one after another.</summary>
    public readonly int RunOfData(int from)
    {
        var to = from + 1;
        var position = Positions[from];
        while (to < Positions.Length
            && Positions[to] == (position == InExtent ? InExtent : position + ((ulong)(to - from) << _definition.BlockShift))
            && HasData(to))
        {
            to++;
        }

        return to - from;
    }

    private readonly Span<byte> Context(int block)
    {
        var size = _definition.ContextSizeBytes;
        return Contexts.Slice(block * size, size);
    }
}
