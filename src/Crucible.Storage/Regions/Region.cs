namespace Crucible.Storage;

/// <summary>
/// One replica's whole store, open. Jobs are appended to the journal, durable after <see cref="Sync"/>, and applied to the
/// extents later.
/// <para>
/// Who may call what: appending (<see cref="BeginAppend"/> to <see cref="Commit(AppendBatch)"/>) is one caller's at a time,
/// applying (<see cref="PlanApply"/>, <see cref="Execute"/>, <see cref="Commit(ApplyPlan)"/>) another's; everything else any
/// thread's, beside them. <see cref="Close"/> comes after all others have ended.
/// </para>
/// </summary>
public sealed class Region : IDisposable
{
    /// <summary>Most bytes of data of one job. A larger request is several jobs.</summary>
    public const int MaxJobBytes = 1 << 20;

    /// <summary>Most blocks of a job without data (zeroes, discard): each takes an entry of the index.</summary>
    public const int MaxEmptyJobBlocks = 1 << 15;

    private readonly RegionFault _fault;
    private readonly RegionMemory _memory;
    private readonly Journal _journal;
    private readonly RegionReader _reader;
    private readonly ContextSurvey _survey;
    private readonly StateSurvey _states;
    private readonly ApplyCycle? _apply;
    private readonly AppendBatch _batch;
    private readonly RegionParts _parts;
    private bool _closed;

    internal Region(RegionParts parts, Applier? applier)
    {
        _parts = parts;
        _fault = parts.Fault;
        _memory = parts.Memory;
        _journal = parts.Journal;
        _apply = applier is null ? null : new ApplyCycle(parts, applier);
        var damage = new DamageLog(parts.Memory, parts.Logger);
        _reader = new RegionReader(parts.Identity, parts.Memory, parts.Journal, parts.Extents, damage, parts.Fault);
        _survey = new ContextSurvey(_reader, parts.Identity.Definition, damage);
        _states = new StateSurvey(_survey, parts.Memory, parts.Identity.Definition);
        _batch = new AppendBatch(
            this, parts.Direct, new DirectWriter(parts.Identity, parts.Memory, parts.Extents, parts.Direct, parts.LargeWriteBytes));
    }

    public RegionDefinition Definition => _parts.Identity.Definition;

    public RegionId Id => _parts.Identity.Id;

    /// <summary>Opened to read: nothing can be appended or applied.</summary>
    public bool IsReadOnly => _apply is null;

    /// <summary>
    /// Whether a sync or an append failed: nothing can be appended or applied from then on. Blocks are still read, but those
    /// whose newest version was not durable by then are answered with <see cref="ErrorCode.RegionFaulted"/>.
    /// </summary>
    public bool Faulted => _fault.IsSet;

    /// <summary>Why, in one line; null while the region is trusted.</summary>
    public string? FaultReason => _fault.Reason;

    /// <summary>As of the last record appended; durable once <see cref="Durable"/> has come to <see cref="Appended"/>.</summary>
    public RegionState State
    {
        get
        {
            lock (_memory.Lock)
            {
                return _memory.State;
            }
        }
    }

    /// <summary>End of the last record appended.</summary>
    public JournalPosition Appended => new(_journal.Appended);

    /// <summary>What was appended before it is on stable storage.</summary>
    public JournalPosition Durable => new(_journal.Durable);

    /// <summary>Bytes of journal not yet applied.</summary>
    public ulong JournalBytesUsed => _journal.UsedBytes;

    /// <summary>Bytes of journal in all.</summary>
    public ulong JournalBytes => _journal.Ring.Bytes;

    /// <summary>Half of the journal, or of the index of its blocks, is used.</summary>
    public bool NeedsApply => _apply is { IsNeeded: true };

    /// <summary>The largest job would not fit: appending waits until the journal was applied.</summary>
    public bool IsFull => !HasRoom(2 * RecordLimits.MaxRecordBytes, MaxEmptyJobBlocks);

    /// <summary>Makes a region in an empty directory.</summary>
    /// <exception cref="RegionExistsException">The directory is not empty; nothing in it was touched.</exception>
    /// <exception cref="StorageException">The system refused; what was made is removed again.</exception>
    /// <exception cref="InvalidGeometryException">The journal's size is impossible.</exception>
    public static void Create(IStorageDirectory directory, RegionDefinition definition, RegionId id, RegionCreateOptions options) =>
        RegionCreator.Create(directory, definition, id, options);

    /// <summary>Opens a region and recovers what its journal holds.</summary>
    /// <exception cref="RegionNotFoundException">There is none.</exception>
    /// <exception cref="RegionInUseException">Another process has it; the message says which.</exception>
    /// <exception cref="RegionVersionException">It is of a version that this program does not know.</exception>
    /// <exception cref="RegionCorruptException">It is damaged beyond opening.</exception>
    /// <exception cref="StorageException">The system refused.</exception>
    public static Region Open(IStorageDirectory directory, RegionOpenOptions options) => RegionOpener.Open(directory, options);

    /// <summary>An empty batch: always the same object, so a batch not committed is forgotten.</summary>
    public AppendBatch BeginAppend()
    {
        _batch.Clear();
        return _batch;
    }

    /// <summary>Appends the batch: visible to reads when this returns, durable after the next <see cref="Sync"/>.</summary>
    /// <returns><see cref="ErrorCode.None"/>; otherwise nothing of the batch is visible, and the region is faulted.</returns>
    public ErrorCode Commit(AppendBatch batch)
    {
        if (batch.IsEmpty)
        {
            return ErrorCode.None;
        }

        if (IsReadOnly || _fault.IsSet)
        {
            batch.Clear();
            return _fault.IsSet ? ErrorCode.RegionFaulted : ErrorCode.ReadOnly;
        }

        try
        {
            using var append = _journal.BeginAppend();
            var end = batch.WriteTo(_journal);
            _parts.Direct.Publish();
            lock (_memory.Lock)
            {
                batch.ApplyTo(_memory);
                _memory.CountAppend();
                _journal.Advance(end);
            }

            return ErrorCode.None;
        }
        catch (StorageException e)
        {
            // Part of the batch may be on disk, where another record now has no place: only recovery can tell what is there.
            _fault.Set(e.Message);
            return e.Code;
        }
        finally
        {
            batch.Clear();
        }
    }

    /// <summary>
    /// Makes all that was appended before the call durable: one fdatasync, on the calling thread. Callers at the same time
    /// share one where they can.
    /// </summary>
    /// <returns><see cref="ErrorCode.None"/>; otherwise the region is faulted for good (I10).</returns>
    public ErrorCode Sync()
    {
        if (_fault.IsSet)
        {
            return ErrorCode.RegionFaulted;
        }

        try
        {
            _journal.SyncTo(_journal.Appended);
            return ErrorCode.None;
        }
        catch (StorageException e)
        {
            return e.Code;
        }
    }

    /// <summary>Reads blocks of one extent.</summary>
    /// <param name="contexts">Gets the context of every block. One that is lost is filled with 0xFF bytes.</param>
    /// <param name="data">Gets the blocks whose context says data, one after another: at most <paramref name="count"/> blocks.</param>
    /// <param name="dataLength">Bytes of <paramref name="data"/> filled.</param>
    /// <param name="verify">Also hold every block against its context, as the upstairs does.</param>
    /// <returns>
    /// <see cref="ErrorCode.None"/>; <see cref="ErrorCode.IntegrityError"/> if some blocks are damaged: the contexts tell which,
    /// and the others are right; <see cref="ErrorCode.OutOfRange"/>, <see cref="ErrorCode.NotAligned"/> (spans too short),
    /// <see cref="ErrorCode.IoError"/>, <see cref="ErrorCode.RegionFaulted"/>: nothing was read.
    /// </returns>
    public ErrorCode Read(
        BlockIndex start, uint count, Span<byte> contexts, Span<byte> data, out int dataLength, bool verify = false)
    {
        var error = _reader.Read(start, count, contexts, data, ReadModes.Data, out dataLength, out _);
        if (verify && error is (ErrorCode.None or ErrorCode.IntegrityError))
        {
            return BlockVerifier.Check(Definition, start, count, contexts, data, ref dataLength) ? error : ErrorCode.IntegrityError;
        }

        return error;
    }

    /// <summary>As <see cref="Read"/>, where that needs no waiting for the disk.</summary>
    /// <returns>False if it would have to wait: call <see cref="Read"/> on a thread that may.</returns>
    public bool TryReadCached(
        BlockIndex start, uint count, Span<byte> contexts, Span<byte> data, out int dataLength, out ErrorCode error)
    {
        error = _reader.Read(
            start, count, contexts, data, ReadModes.Data | ReadModes.CachedOnly, out dataLength, out var wouldBlock);
        return !wouldBlock;
    }

    /// <summary>
    /// Reads the contexts of blocks of one extent. Those that are damaged or can't be read are filled with 0xFF bytes: some
    /// bad blocks are no error of the whole. Blocks whose context says lost are told as such.
    /// </summary>
    /// <param name="scratch">
    /// Empty, or memory for at least one block: then the blocks are read too, as many at once as fit, and the context of one
    /// that is not what its context proves is filled with 0xFF bytes as well.
    /// </param>
    /// <returns><see cref="ErrorCode.None"/>; otherwise nothing was read, and it says why as <see cref="Read"/> does.</returns>
    public ErrorCode ReadContexts(BlockIndex start, uint count, Span<byte> contexts, Span<byte> scratch = default) =>
        _survey.Read(start, count, contexts, scratch);

    /// <summary>
    /// Tells in which states blocks of one extent are; one that is lost, or whose context is damaged, counts as data. Of an
    /// extent that was never written that takes no look at its blocks.
    /// </summary>
    /// <param name="scratch">Memory for the context of at least one block, better of many.</param>
    /// <param name="runs">Gets the runs, from the first block on, as long as there is room.</param>
    /// <returns><see cref="ErrorCode.None"/>; otherwise it says why as <see cref="Read"/> does, and the runs mean nothing.</returns>
    public ErrorCode ReadStates(BlockIndex start, uint count, Span<byte> scratch, ref BlockStateRuns runs) =>
        _states.Read(start, count, scratch, ref runs);

    /// <summary>An extent's version, as of the last record appended.</summary>
    public ExtentVersion VersionOf(ExtentId extent)
    {
        lock (_memory.Lock)
        {
            return _memory.Extents.VersionOf(extent.Value);
        }
    }

    /// <summary>Versions of as many extents as <paramref name="target"/> takes, from <paramref name="first"/> on.</summary>
    public void CopyVersions(ExtentId first, Span<ExtentVersion> target)
    {
        lock (_memory.Lock)
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = _memory.Extents.VersionOf(first.Value + (uint)i);
            }
        }
    }

    /// <summary>Decides what to apply. Cheap.</summary>
    /// <param name="force">Also where less than half of the journal is used: when idle, or closing.</param>
    /// <returns>
    /// Null if there is nothing to do, or the region is faulted. A plan whose executing failed (no space) comes back here
    /// until it succeeds.
    /// </returns>
    public ApplyPlan? PlanApply(bool force) => _apply?.Plan(force);

    /// <summary>Carries the plan out. Blocks for the disk; appending, reading and syncing go on beside it.</summary>
    /// <returns>
    /// <see cref="ErrorCode.None"/>: commit it. <see cref="ErrorCode.NoSpace"/>: execute it again once there is space; nothing
    /// is lost meanwhile. Anything else: the region is faulted.
    /// </returns>
    public ErrorCode Execute(ApplyPlan plan)
    {
        Invariant.Require(_apply is not null);
        return _apply.Execute(plan);
    }

    /// <summary>Ends a plan that was executed: its part of the journal is free.</summary>
    public void Commit(ApplyPlan plan)
    {
        Invariant.Require(_apply is not null);
        _apply.Commit(plan);
    }

    /// <summary>Plans, executes and commits, on the calling thread.</summary>
    /// <returns>What <see cref="Execute"/> said; <see cref="ErrorCode.None"/> too if there was nothing to apply.</returns>
    public ErrorCode Apply(bool force)
    {
        if (PlanApply(force) is not { } plan)
        {
            return _fault.IsSet ? ErrorCode.RegionFaulted : ErrorCode.None;
        }

        var error = Execute(plan);
        if (error == ErrorCode.None)
        {
            Commit(plan);
        }

        return error;
    }

    /// <summary>
    /// Makes everything durable, applies the journal unless it holds too much to be done with quickly, and lets go of the
    /// directory. A faulted region is only let go of.
    /// </summary>
    /// <returns>How that ended; the region is closed in any case.</returns>
    public ErrorCode Close()
    {
        if (_closed)
        {
            return ErrorCode.None;
        }

        _closed = true;
        try
        {
            return IsReadOnly ? ErrorCode.None : Settle();
        }
        finally
        {
            _parts.Dispose();
        }
    }

    /// <summary>As <see cref="Close"/>.</summary>
    public void Dispose() => Close();

    /// <summary>Whether that many bytes of records and blocks can be appended.</summary>
    internal bool HasRoom(ulong bytes, int blocks)
    {
        lock (_memory.Lock)
        {
            return bytes <= _journal.FreeBytes && blocks <= _memory.FreeBlocks;
        }
    }

    /// <summary>Begins a new epoch behind damage in the journal: see <see cref="ApplyCycle.BeginAfterDamage"/>.</summary>
    internal void BeginAfterDamage()
    {
        Invariant.Require(_apply is not null);
        _apply.BeginAfterDamage();
    }

    private ErrorCode Settle()
    {
        var error = Sync();
        if (error != ErrorCode.None)
        {
            return error;
        }

        // A plan left executed but not committed has made its checkpoint: there is nothing to add.
        var isQuick = _journal.UsedBytes <= CloseLimits.JournalBytes && _memory.Extents.ChangedCount <= CloseLimits.Extents;
        return isQuick && _apply is { IsUnderWay: false } ? Apply(force: true) : ErrorCode.None;
    }
}
