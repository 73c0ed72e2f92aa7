namespace Crucible.Storage;

/// <summary>A run of blocks being read, and where the newest version of each lies.</summary>
internal ref struct ReadChunk(RegionDefinition definition)
{
    /// <summary>Stands for a journal position: the block's newest version is its extent's, in its first home as far as is known.</summary>
    public const ulong InExtent = ulong.MaxValue;

    // As InExtent, in the second home; and as these two, where the journal knows the context of a direct write.
    private const ulong InSecond = ulong.MaxValue - 1;
    private const ulong DirectInFirst = ulong.MaxValue - 2;
    private const ulong DirectInSecond = ulong.MaxValue - 3;

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

    /// <summary>A direct write of one of its blocks is not applied yet.</summary>
    public bool HasDirect;

    private readonly RegionDefinition _definition = definition;

    public readonly bool WithData => (Modes & ReadModes.Data) != 0;

    public readonly bool CachedOnly => (Modes & ReadModes.CachedOnly) != 0;

    /// <summary>Notes where a block lies that the journal knows.</summary>
    public void SetPlace(int block, BlockPlace place)
    {
        HasDirect |= place.IsDirect;
        Positions[block] = !place.IsDirect ? place.Position
            : place.Home == BlockHome.Second ? DirectInSecond
            : DirectInFirst;
    }

    /// <summary>Notes the homes that the extent's contexts tell of blocks from that one on.</summary>
    public readonly void SetHomes(int from, ReadOnlySpan<BlockHome> homes)
    {
        for (var i = 0; i < homes.Length; i++)
        {
            Positions[from + i] = homes[i] == BlockHome.Second ? InSecond : InExtent;
        }
    }

    /// <summary>Whether the block's newest version is its extent's.</summary>
    public readonly bool IsInExtent(int block) => Positions[block] >= InSecond;

    /// <summary>Whether the block's data lies in the extent's file.</summary>
    public readonly bool IsInFile(int block) => Positions[block] >= DirectInSecond;

    public readonly BlockHome HomeOf(int block) =>
        Positions[block] is InSecond or DirectInSecond ? BlockHome.Second : BlockHome.First;

    /// <summary>Fills the contexts of all blocks that are not in the journal.</summary>
    public readonly void FillMissing(byte value)
    {
        for (var i = 0; i < Positions.Length; i++)
        {
            if (IsInExtent(i))
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
        while (to < Positions.Length && IsInExtent(to))
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
            && (IsInFile(from)
                ? IsInFile(to) && HomeOf(to) == HomeOf(from)
                : Positions[to] == position + ((ulong)(to - from) << _definition.BlockShift))
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
