using System.Runtime.InteropServices;

namespace Crucible.Storage;

/// <summary>
/// Jobs that go into the journal together, by one write. The region hands out the same object again and again; one caller
/// fills and commits it. Data is borrowed until <see cref="Region.Commit(AppendBatch)"/> returns.
/// </summary>
public sealed class AppendBatch
{
    /// <summary>Most records of a batch: with their data, two segments each, they fit one scatter-gather call.</summary>
    public const int MaxRecords = 256;

    /// <summary>Most bytes of a batch, those of direct writes too: what a commit may take at once without others waiting long for their turn.</summary>
    public const int MaxBatchBytes = 4 << 20;

    private const int ScratchBytes = (MaxRecords * RecordHeader.SizeBytes) + (2 * RecordLimits.MaxContextBytes);

    private readonly Region _region;
    private readonly DirectFiles _directFiles;
    private readonly DirectWriter _direct;
    private readonly RegionDefinition _definition;
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(ScratchBytes, pinned: true);
    private readonly PendingRecord[] _records = new PendingRecord[MaxRecords];
    private readonly ReadOnlyMemory<byte>[] _segments = new ReadOnlyMemory<byte>[2 * MaxRecords];
    private readonly int _largestContexts;
    private int _scratchUsed;
    private int _blocks;
    private int _largest;
    private int _directBytes;

    internal AppendBatch(Region region, DirectFiles directFiles, DirectWriter direct)
    {
        _region = region;
        _directFiles = directFiles;
        _direct = direct;
        _definition = region.Definition;
        _largestContexts = RecordHeader.PaddedContextBytes((int)BlockProof.MaxBlocks(_definition) * _definition.ContextSizeBytes);
    }

    /// <summary>Jobs in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that the batch takes in the journal.</summary>
    public int LengthBytes { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>
    /// Whether any one job fits: otherwise commit the batch, and where it is empty, wait until the journal was applied.
    /// </summary>
    public bool TakesAnyJob =>
        Count < MaxRecords
        && _scratchUsed + RecordHeader.SizeBytes + _largestContexts <= _scratch.Length
        && (Count == 0 || LengthBytes + _directBytes + RecordLimits.MaxRecordBytes <= MaxBatchBytes)
        && _region.HasRoom((ulong)(LengthBytes + (2 * RecordLimits.MaxRecordBytes)), _blocks + Region.MaxEmptyJobBlocks);

    /// <summary>Adds a write of blocks of one extent.</summary>
    /// <param name="contexts">One context a block.</param>
    /// <param name="data">The blocks whose context says data, in order, and nothing else; at most <see cref="Region.MaxJobBytes"/>.</param>
    /// <returns>
    /// Refused with <see cref="ErrorCode.OutOfRange"/>, <see cref="ErrorCode.NotAligned"/> (lengths that do not fit) or
    /// <see cref="ErrorCode.IntegrityError"/> (an impossible context, or a block that is not the one its context proves).
    /// </returns>
    public AppendResult AddWrite(
        Generation generation, JobId job, BlockIndex start, uint count, ReadOnlySpan<byte> contexts, ReadOnlyMemory<byte> data) =>
        AddBlocks(RecordKind.Write, generation, job, start, count, contexts, data);

    /// <summary>
    /// As <see cref="AddWrite"/>, but the region's position and the extent's version stay: the blocks come from another
    /// replica. A context may say lost.
    /// </summary>
    public AppendResult AddRepairWrite(BlockIndex start, uint count, ReadOnlySpan<byte> contexts, ReadOnlyMemory<byte> data) =>
        AddBlocks(RecordKind.RepairWrite, Generation.None, default, start, count, contexts, data);

    /// <summary>Makes blocks of one extent zeroes; at most <see cref="Region.MaxEmptyJobBlocks"/>.</summary>
    public AppendResult AddWriteZeroes(Generation generation, JobId job, BlockIndex start, uint count) =>
        AddEmpty(RecordKind.WriteZeroes, generation, job, start, count);

    /// <summary>Makes blocks of one extent never written; at most <see cref="Region.MaxEmptyJobBlocks"/>.</summary>
    public AppendResult AddDiscard(Generation generation, JobId job, BlockIndex start, uint count) =>
        AddEmpty(RecordKind.Discard, generation, job, start, count);

    /// <summary>Gives every dirty extent the flush number. Durable, as all else, only after <see cref="Region.Sync"/>.</summary>
    public AppendResult AddFlush(Generation generation, JobId job, FlushNumber flushNumber) =>
        Add(new RecordHeader { Kind = RecordKind.Flush, Generation = generation, Job = job, FlushNumber = flushNumber });

    /// <summary>Promises a generation to a session; refused with <see cref="ErrorCode.NotActive"/> if a higher one, or the same to another session, was promised.</summary>
    public AppendResult AddPromote(Generation generation, SessionId session)
    {
        var state = _region.State;
        return generation < state.PromisedGeneration
            || (generation == state.PromisedGeneration && state.PromisedSession != session && state.PromisedGeneration != Generation.None
                && !Planted.Is(PlantedBug.AcceptEqualGeneration))
            ? AppendResult.Refused(ErrorCode.NotActive)
            : Add(new RecordHeader { Kind = RecordKind.Promote, Generation = generation, Argument = session.Value });
    }

    /// <summary>Says which volume the region belongs to.</summary>
    public AppendResult AddVolume(VolumeId volume) =>
        Add(new RecordHeader { Kind = RecordKind.Volume, Argument = volume.Value });

    /// <summary>Says that the region is alike with its quorum in the generation; ends a repair.</summary>
    /// <param name="lastJob">
    /// The last job of a guest that came before in the stream: the region now stands there, and extents written stay dirty.
    /// 0 where none came: the region stands at the beginning of the generation, unless it was further in it, and every
    /// extent is clean as of flush 0.
    /// </param>
    /// <param name="lastFlush">The last flush of the generation that came before in the stream; 0 if none did.</param>
    public AppendResult AddInSync(Generation generation, JobId lastJob = default, FlushNumber lastFlush = default) =>
        Add(new RecordHeader { Kind = RecordKind.InSync, Generation = generation, Job = lastJob, FlushNumber = lastFlush });

    /// <summary>Gives an extent, repaired from another replica, that one's version.</summary>
    public AppendResult AddExtentVersion(ExtentId extent, Generation generation, FlushNumber flush, bool dirty) =>
        extent.Value >= _definition.ExtentCount
            ? AppendResult.Refused(ErrorCode.OutOfRange)
            : Add(new RecordHeader
            {
                Kind = RecordKind.ExtentVersion,
                Generation = generation,
                FlushNumber = flush,
                Start = _definition.FirstBlockOf(extent),
                Flags = dirty ? RecordHeader.IsDirty : (ushort)0,
            });

    /// <summary>Says that the region is under repair: no source for others until it is in sync.</summary>
    public AppendResult AddBeginRepair() => Add(new RecordHeader { Kind = RecordKind.BeginRepair });

    /// <summary>Whether a job of the batch, not yet committed, touches one of the blocks.</summary>
    public bool Overlaps(BlockIndex start, uint count)
    {
        for (var i = 0; i < Count; i++)
        {
            ref readonly var header = ref _records[i].Header;
            if (header.BlockCount != 0
                && header.Start.Value < start.Value + count
                && start.Value < header.Start.Value + header.BlockCount)
            {
                return true;
            }
        }

        return false;
    }

    internal void Clear()
    {
        _segments.AsSpan(0, Math.Min(_segments.Length, 2 * Count)).Clear();
        _records.AsSpan(0, Count).Clear();
        _directFiles.Discard();
        Count = LengthBytes = _scratchUsed = _blocks = _largest = _directBytes = 0;
    }

    /// <summary>Writes the records from the journal's end on.</summary>
    /// <returns>Where they end.</returns>
    /// <exception cref="StorageException">The journal could not be written.</exception>
    internal ulong WriteTo(Journal journal)
    {
        var previousEnd = journal.Appended;
        var durable = journal.Durable;
        var next = journal.Next;
        var segmentCount = 0;
        var segmentsStart = 0UL;
        for (var i = 0; i < Count; i++)
        {
            ref var record = ref _records[i];
            var position = journal.Ring.Place(next, record.Header.LengthBytes);

            // Positions go on where the ring begins anew, the file does not: one write never spans the end.
            if (segmentCount != 0 && (position != next || journal.Ring.ToEnd(position) == journal.Ring.Bytes))
            {
                journal.Write(segmentsStart, _segments.AsSpan(0, segmentCount));
                segmentCount = 0;
            }

            segmentsStart = segmentCount == 0 ? position : segmentsStart;
            record.Position = position;
            var head = _scratch.AsMemory(record.ScratchOffset, RecordHeader.SizeBytes + record.Header.ContextBytes);
            RecordHeader.Seal(head.Span, journal.Epoch, position, previousEnd, durable, journal.Seed);
            _segments[segmentCount++] = head;
            if (!record.Data.IsEmpty)
            {
                _segments[segmentCount++] = record.Data;
            }

            previousEnd = next = position + (ulong)record.Header.LengthBytes;
        }

        journal.Write(segmentsStart, _segments.AsSpan(0, segmentCount));
        return next;
    }

    /// <summary>Puts the records' effects into memory, under its lock.</summary>
    internal void ApplyTo(RegionMemory memory)
    {
        for (var i = 0; i < Count; i++)
        {
            ref readonly var record = ref _records[Planted.Is(PlantedBug.ApplyBatchBackwards) ? Count - 1 - i : i];
            var contexts = _scratch.AsSpan(record.ScratchOffset + RecordHeader.SizeBytes, record.Header.ContextBytes);
            memory.Apply(record.Header, record.Position, contexts);
        }
    }

    private AppendResult AddBlocks(
        RecordKind kind,
        Generation generation,
        JobId job,
        BlockIndex start,
        uint count,
        ReadOnlySpan<byte> contexts,
        ReadOnlyMemory<byte> data)
    {
        if (!_definition.ContainsInOneExtent(start, count))
        {
            return AppendResult.Refused(ErrorCode.OutOfRange);
        }

        var error = BlockProof.Check(_definition, start, count, contexts, data.Span, mayBeLost: kind == RecordKind.RepairWrite);
        if (error != ErrorCode.None)
        {
            return AppendResult.Refused(error);
        }

        var header = new RecordHeader
        {
            Kind = kind,
            Generation = generation,
            Job = job,
            Start = start,
            BlockCount = count,
            ContextBytes = RecordHeader.PaddedContextBytes(contexts.Length),
            DataBytes = data.Length,
        };
        return (_direct.IsLarge(kind, data.Length) ? AddDirect(header, contexts, data.Span) : null) ?? Add(header, contexts, data);
    }

    /// <summary>Null where the blocks must go through the journal.</summary>
    private AppendResult? AddDirect(RecordHeader header, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> data)
    {
        header = header with { DataBytes = 0, Flags = RecordHeader.IsDirectWrite };
        var result = Fit(header);
        if (!result.IsAdded)
        {
            return result;
        }

        // The contexts go where the record's will be: they get the blocks' homes there.
        var homed = _scratch.AsSpan(_scratchUsed + RecordHeader.SizeBytes, contexts.Length);
        contexts.CopyTo(homed);
        if (Overlaps(header.Start, header.BlockCount) || !_direct.TryWrite(header.Start, header.BlockCount, homed, data))
        {
            return null;
        }

        Put(header, homed, default);
        _directBytes += data.Length;
        return AppendResult.Added;
    }

    private AppendResult AddEmpty(RecordKind kind, Generation generation, JobId job, BlockIndex start, uint count) =>
        !_definition.ContainsInOneExtent(start, count) || count > Region.MaxEmptyJobBlocks
            ? AppendResult.Refused(ErrorCode.OutOfRange)
            : Add(new RecordHeader { Kind = kind, Generation = generation, Job = job, Start = start, BlockCount = count });

    private AppendResult Add(in RecordHeader header, ReadOnlySpan<byte> contexts = default, ReadOnlyMemory<byte> data = default)
    {
        var result = Fit(header);
        if (result.IsAdded)
        {
            Put(header, contexts, data);
        }

        return result;
    }

    /// <summary>Whether the batch and the region have room for the record.</summary>
    private AppendResult Fit(in RecordHeader header)
    {
        var headBytes = RecordHeader.SizeBytes + header.ContextBytes;
        if (Count == MaxRecords
            || _scratchUsed + headBytes > _scratch.Length
            || (Count != 0 && LengthBytes + _directBytes + header.LengthBytes > MaxBatchBytes))
        {
            return AppendResult.BatchFull;
        }

        // A record that does not fit before the ring's end leaves a gap shorter than itself: at most one in a batch.
        var largest = Math.Max(_largest, header.LengthBytes);
        return _region.HasRoom((ulong)(LengthBytes + header.LengthBytes + largest), _blocks + (int)header.BlockCount)
            ? AppendResult.Added
            : AppendResult.RegionFull;
    }

    private void Put(in RecordHeader header, ReadOnlySpan<byte> contexts, ReadOnlyMemory<byte> data)
    {
        var headBytes = RecordHeader.SizeBytes + header.ContextBytes;
        var head = _scratch.AsSpan(_scratchUsed, headBytes);
        header.Write(head);
        contexts.CopyTo(head[RecordHeader.SizeBytes..]);
        head[(RecordHeader.SizeBytes + contexts.Length)..].Clear();
        _records[Count++] = new PendingRecord { Header = header, ScratchOffset = _scratchUsed, Data = data };
        _scratchUsed += headBytes;
        _blocks += (int)header.BlockCount;
        _largest = Math.Max(_largest, header.LengthBytes);
        LengthBytes += header.LengthBytes;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct PendingRecord
    {
        public RecordHeader Header;
        public int ScratchOffset;
        public ReadOnlyMemory<byte> Data;
        public ulong Position;
    }
}
