namespace Crucible.Storage;

/// <summary>
/// The journal file: where its records begin and end, what of it is durable, its checkpoints. Appending is one caller's at
/// a time; syncing, reading and checkpointing may go on beside it.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int HardenBytes = 1 << 20;

    private readonly IStorageFile _file;
    private readonly RegionFault _fault;
    private readonly DirectFiles _direct;
    private readonly List<ExtentFile> _directTaken = [];
    private readonly ulong _seed;
    private readonly Lock _syncLock = new();
    private readonly Lock _appendLock = new();
    private readonly byte[] _slot = GC.AllocateArray<byte>(JournalRing.PageBytes, pinned: true);
    private Checkpoint _checkpoint;
    private ulong _appended;
    private ulong _durable;
    private ulong _head;
    private ulong _next;

    public Journal(IStorageFile file, JournalRing ring, ulong seed, RegionFault fault, DirectFiles direct)
    {
        _file = file;
        _direct = direct;
        _fault = fault;
        _seed = seed;
        Ring = ring;
    }

    public JournalRing Ring { get; }

    public ulong Seed => _seed;

    public ulong Epoch => _checkpoint.Epoch;

    /// <summary>The checkpoint that counts.</summary>
    public Checkpoint Checkpoint => _checkpoint;

    /// <summary>End of the last record.</summary>
    public ulong Appended => Volatile.Read(ref _appended);

    /// <summary>Everything before it is on stable storage.</summary>
    public ulong Durable => Volatile.Read(ref _durable);

    /// <summary>Where replay would begin; ring space before it is free.</summary>
    public ulong Head => Volatile.Read(ref _head);

    /// <summary>No record begins before it.</summary>
    public ulong Next => Math.Max(Volatile.Read(ref _next), Appended);

    /// <summary>Bytes that may be appended after the next page's start.</summary>
    public ulong FreeBytes => Ring.Bytes - Math.Min(Ring.Bytes, JournalRing.AlignUp(Appended) - Head);

    public ulong UsedBytes => Appended - Head;

    /// <summary>What recovery found.</summary>
    public void Begin(Checkpoint checkpoint, ulong end)
    {
        _checkpoint = checkpoint;
        _head = checkpoint.Head;
        _appended = _durable = end;
        _next = JournalRing.AlignUp(end);
    }

    /// <summary>
    /// Held from where an append takes its place to where it is counted. A sync begins between two appends: else one could
    /// go on in the sector of a record that the sync has just made durable, and a torn write would destroy that one.
    /// </summary>
    public Lock.Scope BeginAppend() => _appendLock.EnterScope();

    /// <summary>
    /// Writes what recovery read from <paramref name="from"/> on once more, and syncs it. Where a process before this one
    /// had a sync that failed, the page cache shows what the disk may never have got, and a sync alone would find nothing
    /// to write.
    /// </summary>
    /// <exception cref="StorageException">It could not: the region cannot be opened.</exception>
    public void Harden(ulong from)
    {
        var copy = GC.AllocateUninitializedArray<byte>(HardenBytes, pinned: true);
        for (var position = from; position < Appended;)
        {
            var bytes = copy.AsSpan(0, (int)Math.Min(Math.Min((ulong)HardenBytes, Ring.ToEnd(position)), Appended - position));
            Read(position, bytes);
            _file.Write(Ring.OffsetOf(position), bytes);
            position += (ulong)bytes.Length;
        }

        _file.Sync();
    }

    /// <summary>Writes records that begin at <paramref name="position"/>; they count once <see cref="Advance"/> says so.</summary>
    public void Write(ulong position, ReadOnlySpan<ReadOnlyMemory<byte>> segments) =>
        _file.Write(Ring.OffsetOf(position), segments);

    /// <summary>The records up to <paramref name="end"/> are written.</summary>
    public void Advance(ulong end) => Volatile.Write(ref _appended, end);

    /// <summary>Reads bytes that do not run over the ring's end.</summary>
    public void Read(ulong position, Span<byte> target)
    {
        if (_file.Read(Ring.OffsetOf(position), target) != target.Length)
        {
            throw new StorageException(ErrorCode.IoError, "cannot read the journal: it is shorter than it was made");
        }
    }

    public bool TryReadCached(ulong position, Span<byte> target) =>
        _file.TryReadCached(Ring.OffsetOf(position), target, out var read) && read == target.Length;

    /// <summary>Makes the journal durable up to at least <paramref name="target"/>.</summary>
    /// <exception cref="StorageException">It could not: the region is faulted.</exception>
    public void SyncTo(ulong target)
    {
        lock (_syncLock)
        {
            if (Durable < target)
            {
                SyncFile();
            }
        }
    }

    /// <summary>Makes a checkpoint durable, and with it all that was appended.</summary>
    /// <exception cref="StorageException">It could not: the region is faulted.</exception>
    public void WriteCheckpoint(ulong head, in RegionState state, ulong establishedCount, bool newEpoch)
    {
        var checkpoint = _checkpoint with
        {
            Sequence = _checkpoint.Sequence + 1,
            Epoch = _checkpoint.Epoch + (newEpoch ? 1UL : 0UL),
            EpochStart = newEpoch ? Appended : _checkpoint.EpochStart,
            Head = head,
            RingBytes = Ring.Bytes,
            State = state,
            EstablishedCount = establishedCount,
        };
        lock (_syncLock)
        {
            _fault.ThrowIfSet();
            try
            {
                checkpoint.Write(_slot, _seed);
                _file.Write((long)(checkpoint.Sequence % JournalRing.SlotCount) * JournalRing.PageBytes, _slot);
            }
            catch (StorageException e)
            {
                _fault.Set(e.Message);
                throw;
            }

            SyncFile();
        }

        _checkpoint = checkpoint;
    }

    /// <summary>Ring space before the checkpoint's head may be used again.</summary>
    public void ReleaseTo(ulong head) => Volatile.Write(ref _head, head);

    public void Dispose() => _file.Dispose();

    private void SyncFile()
    {
        _fault.ThrowIfSet();

        // Read before the call: a record appended while it runs may or may not be covered. And what is appended from now
        // on begins on a page of its own, so that no page of a durable record is ever written again.
        ulong target;
        lock (_appendLock)
        {
            target = Appended;
            Volatile.Write(ref _next, JournalRing.AlignUp(target));
            _direct.Take(_directTaken);
        }

        // What records rely on that lies elsewhere, first or last: only both together count.
        _direct.Sync(_directTaken);
        try
        {
            if (!Planted.Is(PlantedBug.SkipJournalSync))
            {
                _file.Sync();
            }
        }
        catch (StorageException) when (Planted.Is(PlantedBug.RetryFailedSync))
        {
            _file.Sync();
        }
        catch (StorageException e)
        {
            _fault.Set(e.Message);
            throw;
        }

        Volatile.Write(ref _durable, Math.Max(Durable, target));
    }
}
