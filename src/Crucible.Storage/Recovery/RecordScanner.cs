namespace Crucible.Storage;

/// <summary>
/// Reads the journal's records one after another from the checkpoint's head to the first place where no record follows.
/// A record follows at the end of the one before, at the next page's start (a sync came between), or at the ring's start
/// (it did not fit before the ring's end). It counts only if it names its own position and the end of the one before, and
/// bears an epoch that could have appended it: nothing stale can pass.
/// </summary>
/// <remarks>
/// Where a record at a page's or the ring's start names this end, the journal went on there, and what may lie at the end
/// itself counts no more: a disk that could not read it once, so that a new epoch began behind it, may give it back later.
/// </remarks>
internal sealed class RecordScanner(
    JournalWindow window, JournalRing ring, RegionIdentity region, Checkpoint checkpoint, DirectRecovery direct)
{
    private ulong _epoch;
    private ulong _lap;
    private RecordHeader _lapStart;

    /// <summary>Where the last record ended.</summary>
    public ulong End { get; private set; } = checkpoint.Head;

    /// <summary>What lies before it is known to have been on stable storage: the checkpoint or a later record says so.</summary>
    public ulong Durable { get; private set; } = Math.Max(checkpoint.Head, checkpoint.EpochStart);

    /// <summary>The record at the end is whole, and the homes that it tells don't hold what its contexts prove.</summary>
    public bool HasUnproved { get; private set; }

    /// <summary>Records read.</summary>
    public long Count { get; private set; }

    /// <summary>The next record.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="contexts">Its contexts, valid until the next call.</param>
    /// <exception cref="StorageException">The journal could not be read.</exception>
    public bool TryNext(out RecordHeader header, out ulong position, out ReadOnlySpan<byte> contexts)
    {
        var page = JournalRing.AlignUp(End);
        var lap = ring.NextLap(End);
        if ((page != End && TryAt(position = page, out header, out contexts))
            || (lap != page && LapFollows(lap) && TryAt(position = lap, out header, out contexts))
            || TryAt(position = End, out header, out contexts))
        {
            End = position + (ulong)header.LengthBytes;
            Durable = Math.Max(Durable, header.Durable);
            _epoch = header.Epoch;
            Count++;
            return true;
        }

        return false;
    }

    // What begins the next lap is far away: it is looked at once.
    private bool LapFollows(ulong lap)
    {
        if (_lap != lap)
        {
            _lap = lap;
            Span<byte> header = stackalloc byte[RecordHeader.SizeBytes];
            _ = RecordHeader.TryRead(header[..window.Peek(lap, header)], out _lapStart);
        }

        return _lapStart.Position == lap && _lapStart.PreviousEnd == End;
    }

    private bool TryAt(ulong position, out RecordHeader header, out ReadOnlySpan<byte> contexts)
    {
        contexts = default;
        header = default;
        if (ring.ToEnd(position) < RecordHeader.SizeBytes || position - checkpoint.Head >= ring.Bytes)
        {
            return false;
        }

        if (!RecordHeader.TryRead(window.At(position, RecordHeader.SizeBytes), out header) || !Follows(header, position))
        {
            return false;
        }

        var bytes = window.At(position, header.LengthBytes);
        if (bytes.Length < header.LengthBytes
            || !RecordHeader.IsSealed(bytes[..(RecordHeader.SizeBytes + header.ContextBytes)], region.Seed))
        {
            return false;
        }

        if (header.HasContexts)
        {
            contexts = bytes.Slice(RecordHeader.SizeBytes, ContextBytes(header, position));
        }

        return HasSense(header, bytes, position, contexts);
    }

    private int ContextBytes(in RecordHeader header, ulong position)
    {
        var bytes = (ulong)header.BlockCount * (uint)region.Definition.ContextSizeBytes;
        return header.BlockCount <= BlockProof.MaxBlocks(region.Definition)
            && RecordHeader.PaddedContextBytes((int)bytes) == header.ContextBytes
            ? (int)bytes
            : throw Senseless(position);
    }

    private bool Follows(in RecordHeader header, ulong position)
    {
        var epochFits = position >= checkpoint.EpochStart
            ? header.Epoch == checkpoint.Epoch
            : header.Epoch >= _epoch && header.Epoch <= checkpoint.Epoch;
        return epochFits
            && header.Position == position
            && header.PreviousEnd == End
            && (ulong)header.LengthBytes <= ring.ToEnd(position)
            && position + (ulong)header.LengthBytes - checkpoint.Head <= ring.Bytes;
    }

    /// <summary>The record is whole; its data must be, too, and an honest record has a meaning.</summary>
    private bool HasSense(in RecordHeader header, ReadOnlySpan<byte> bytes, ulong position, ReadOnlySpan<byte> contexts)
    {
        var definition = region.Definition;
        if (!Enum.IsDefined(header.Kind)
            || (header.Kind == RecordKind.ExtentVersion && !definition.Contains(header.Start, 1))
            || (header.TouchesBlocks && !definition.ContainsInOneExtent(header.Start, header.BlockCount))
            || (!header.HasContexts && (header.ContextBytes != 0 || header.DataBytes != 0))
            || (header.TouchesBlocks && !header.HasContexts && header.BlockCount > Region.MaxEmptyJobBlocks))
        {
            throw Senseless(position);
        }

        if (!header.HasContexts || Planted.Is(PlantedBug.IgnoreJournalContexts))
        {
            return true;
        }

        if (header.IsDirect)
        {
            if (!direct.MakesSense(header, contexts))
            {
                throw Senseless(position);
            }

            // What was durable once and is not there any more is damage of those blocks: reads find it, one by one.
            HasUnproved = position >= Durable && !direct.Proves(header, contexts) && !Planted.Is(PlantedBug.IgnoreDirectData);
            return !HasUnproved;
        }

        var data = bytes.Slice(RecordHeader.SizeBytes + header.ContextBytes, header.DataBytes);
        var isRepair = header.Kind == RecordKind.RepairWrite;
        return BlockProof.Check(definition, header.Start, header.BlockCount, contexts, data, isRepair) == ErrorCode.None;
    }

    private static RegionCorruptException Senseless(ulong position) =>
        new($"the journal's record at {position} bears a right checksum and makes no sense: another program wrote it");
}
