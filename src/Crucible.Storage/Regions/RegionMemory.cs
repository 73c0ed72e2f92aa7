namespace Crucible.Storage;

/// <summary>
/// What the region keeps in memory, guarded by <see cref="Lock"/>: where the newest version of each journalled block is,
/// the extents' versions, the region's state. All of it is as of the last record appended.
/// <code>
///   journal:   head ──── frozen table ──── plan's end ──── active table ──── appended
/// </code>
/// While an apply is under way its part of the journal is indexed by the frozen table, which no longer changes, and what
/// is appended meanwhile by the active one.
/// </summary>
internal sealed class RegionMemory
{
    private readonly RegionDefinition _definition;
    private readonly byte[] _zeroes;
    private readonly byte[] _neverWritten;
    private BlockTable _spare;

    public RegionMemory(RegionDefinition definition, JournalRing ring)
    {
        _definition = definition;
        TableBlocks = RecordLimits.IndexBlocks(definition, ring);
        var size = definition.ContextSizeBytes;
        Active = new BlockTable(size, 2 * TableBlocks);
        _spare = new BlockTable(size, 2 * TableBlocks);
        Extents = new ExtentTable(definition.ExtentCount);
        _zeroes = new byte[size];
        BlockContext.WriteEmpty(_zeroes, BlockState.Zeroes);
        _neverWritten = new byte[size];
    }

    public Lock Lock { get; } = new();

    public BlockTable Active { get; private set; }

    public BlockTable? Frozen { get; private set; }

    public ExtentTable Extents { get; }

    public RegionState State { get; set; }

    /// <summary>Rises with every apply that is committed: what a reader looked up before may have moved since.</summary>
    public ulong Applies { get; private set; }

    /// <summary>Rises with every batch appended.</summary>
    public ulong Appends { get; private set; }

    /// <summary>Blocks of the journal, counted once for each table, at which it is time to apply.</summary>
    public int TableBlocks { get; }

    /// <summary>Blocks of direct writes that are not applied yet.</summary>
    public int DirectCount => Active.DirectCount + (Frozen?.DirectCount ?? 0);

    /// <summary>How many more blocks may be appended.</summary>
    public int FreeBlocks => (2 * TableBlocks) - Active.Count - (Frozen?.Count ?? 0);

    /// <summary>Puts a record's effect into memory. Recovery and appending share it.</summary>
    public void Apply(in RecordHeader header, ulong position, ReadOnlySpan<byte> contexts)
    {
        if (header.TouchesBlocks)
        {
            Touch(header, position);
            SetBlocks(header, position, contexts);
        }

        State = header.Kind switch
        {
            RecordKind.Write or RecordKind.WriteZeroes or RecordKind.Discard => Moved(header),
            RecordKind.Flush => Flushed(header, position),
            RecordKind.Promote =>
                State with { PromisedGeneration = header.Generation, PromisedSession = new SessionId(header.Argument) },
            RecordKind.InSync => InSync(header, position),
            RecordKind.BeginRepair => State with { Repairing = !Planted.Is(PlantedBug.ForgetRepairBegan) },
            RecordKind.Volume => State with { Volume = new VolumeId(header.Argument) },
            RecordKind.ExtentVersion => Versioned(header, position),
            _ => State,
        };
    }

    public void CountAppend() => Appends++;

    /// <summary>Everything indexed becomes the part that is applied.</summary>
    public BlockTable Freeze()
    {
        Invariant.Require(Frozen is null);
        Frozen = Active;
        Active = _spare;
        return Frozen;
    }

    /// <summary>The frozen part lies in the extents now. The caller gives the table back by <see cref="Recycle"/>, outside the lock.</summary>
    public BlockTable Thaw()
    {
        Invariant.Require(Frozen is not null);
        var table = Frozen;
        Frozen = null;
        Applies++;
        return table;
    }

    /// <summary>Empties a table for the next <see cref="Freeze"/>.</summary>
    public void Recycle(BlockTable table)
    {
        table.Clear();
        _spare = table;
    }

    /// <summary>Where the block's newest version lies, as the journal knows it; false if it is its extent's.</summary>
    public bool TryFind(ulong block, out BlockPlace place, Span<byte> context)
    {
        var table = Active;
        var entry = table.Find(block);
        if (entry < 0 && Frozen is not null)
        {
            table = Frozen;
            entry = table.Find(block);
        }

        if (entry < 0)
        {
            place = default;
            return false;
        }

        place = table.PlaceAt(entry);
        table.ContextAt(entry).CopyTo(context);
        return true;
    }

    /// <summary>Whether no block of the extent was ever written: none is in its file, and none in the journal.</summary>
    public bool IsUntouched(uint extent)
    {
        // What an apply under way carries over is in no list of changes any more, and not yet in the file.
        const ExtentFlags Traces = ExtentFlags.Established | ExtentFlags.FileFaulted | ExtentFlags.Damaged | ExtentFlags.Changed;
        return (Extents.FlagsOf(extent) & Traces) == 0 && (Frozen is null || Frozen.Count == 0);
    }

    public bool IsJournalled(ulong block) => Active.Find(block) >= 0 || (Frozen is not null && Frozen.Find(block) >= 0);

    // What repair brings is no news: the extent's version is the source's, and a record of its own will say so.
    private void Touch(in RecordHeader header, ulong position)
    {
        var extent = _definition.ExtentOf(header.Start).Value;
        if (header.Kind == RecordKind.RepairWrite)
        {
            Extents.Change(extent);
        }
        else
        {
            Extents.Touch(extent, position);
        }
    }

    // A region under repair is a mixture, and so at no position; as a witness it keeps the one that it had.
    private RegionState Moved(in RecordHeader header) =>
        State.Repairing ? State : State with { Position = new ReplicaPosition(header.Generation, header.Job) };

    // Replicas that are alike are so in their versions too: what is dirty counts as flushed when they became alike. But
    // where jobs of guests came before, at the end of a live repair, they are dirty on every replica until the next flush.
    private RegionState InSync(in RecordHeader header, ulong position)
    {
        if (header.Job == default)
        {
            Extents.Flush(header.Generation, default, position);
        }

        var reached = new ReplicaPosition(header.Generation, header.Job);
        var isBehind = header.Job == default
            ? State.Position.Generation < header.Generation
            : State.Position.CompareTo(reached) < 0;
        var flushed = header.FlushNumber != default
            && (State.FlushGeneration < header.Generation
                || (State.FlushGeneration == header.Generation && State.FlushNumber.CompareTo(header.FlushNumber) < 0));
        return State with
        {
            InSyncGeneration = header.Generation,
            Repairing = false,
            Position = isBehind ? reached : State.Position,
            FlushGeneration = flushed ? header.Generation : State.FlushGeneration,
            FlushNumber = flushed ? header.FlushNumber : State.FlushNumber,
        };
    }

    private RegionState Versioned(in RecordHeader header, ulong position)
    {
        var dirty = (header.Flags & RecordHeader.IsDirty) != 0;
        Extents.SetVersion(_definition.ExtentOf(header.Start).Value, header.Generation, header.FlushNumber, dirty, position);
        return State;
    }

    private RegionState Flushed(in RecordHeader header, ulong position)
    {
        Extents.Flush(header.Generation, header.FlushNumber, position);
        return State.Repairing ? State : State with
        {
            Position = new ReplicaPosition(header.Generation, header.Job),
            FlushGeneration = header.Generation,
            FlushNumber = header.FlushNumber,
        };
    }

    private void SetBlocks(in RecordHeader header, ulong position, ReadOnlySpan<byte> contexts)
    {
        if (header.IsDirect)
        {
            SetDirectBlocks(header, position, contexts);
            return;
        }

        if (header.Kind == RecordKind.Discard && HasNoFile(header.Start))
        {
            DiscardJournalled(header, position);
            return;
        }

        var size = _definition.ContextSizeBytes;
        var data = position + RecordHeader.SizeBytes + (ulong)header.ContextBytes;
        for (var i = 0; i < header.BlockCount; i++)
        {
            var block = header.Start.Value + (ulong)i;
            if (!header.HasContexts)
            {
                Active.Set(block, BlockPlace.InRecord(position), header.Kind == RecordKind.Discard ? _neverWritten : _zeroes);
                continue;
            }

            var context = contexts.Slice(i * size, size);
            var hasData = BlockContext.State(context) == BlockState.Data;
            Active.Set(block, BlockPlace.InRecord(hasData ? data : position), context);
            data += hasData ? _definition.BlockSizeBytes : 0UL;
        }
    }

    private bool HasNoFile(BlockIndex block) =>
        (Extents.FlagsOf(_definition.ExtentOf(block).Value) & (ExtentFlags.Established | ExtentFlags.Direct)) == 0;

    // What only the journal could know was never written where it does not: an image's holes cost next to nothing.
    private void DiscardJournalled(in RecordHeader header, ulong position)
    {
        for (var i = 0U; i < header.BlockCount; i++)
        {
            var block = header.Start.Value + i;
            if (IsJournalled(block))
            {
                Active.Set(block, BlockPlace.InRecord(position), _neverWritten);
            }
        }
    }

    private void SetDirectBlocks(in RecordHeader header, ulong position, ReadOnlySpan<byte> contexts)
    {
        var size = _definition.ContextSizeBytes;
        Span<byte> context = stackalloc byte[BlockContext.EncryptedSizeBytes];
        context = context[..size];
        for (var i = 0; i < header.BlockCount; i++)
        {
            contexts.Slice(i * size, size).CopyTo(context);
            Invariant.Require(HomedContext.TryTakeHome(context, out var home));
            var hasData = BlockContext.State(context) == BlockState.Data;
            Active.Set(
                header.Start.Value + (ulong)i,
                hasData ? BlockPlace.InHome(position, home) : BlockPlace.InRecord(position),
                context);
        }

        // Its file is not made anew from now on, although nothing on disk says yet that it is there.
        var extent = _definition.ExtentOf(header.Start).Value;
        if ((Extents.FlagsOf(extent) & ExtentFlags.Established) == 0)
        {
            Extents.Mark(extent, add: ExtentFlags.Direct, remove: ExtentFlags.None);
        }
    }
}
