namespace Crucible.Storage;

/// <summary>
/// What recovery does about direct writes: holds the homes that a record tells against its contexts, and writes what may not be
/// on the disk once more, as <see cref="Journal.Harden"/> does with the journal.
/// </summary>
internal sealed class DirectRecovery(RegionIdentity region, ExtentTable table, ExtentCache extents)
{
    private const int CopyBytes = Region.MaxJobBytes;

    private readonly RegionDefinition _definition = region.Definition;
    private byte[] _contexts = [];
    private readonly List<(ulong Position, HomeRun Run)> _runs = [];
    private byte[] _data = [];

    /// <summary>Whether the contexts of a direct write can be such at all.</summary>
    public bool MakesSense(in RecordHeader header, ReadOnlySpan<byte> contexts) =>
        region.Layout.HasTwoHomes && header.DataBytes == 0 && TryTakeHomes(header, contexts, null);

    /// <summary>Whether the homes hold what the record's contexts prove.</summary>
    /// <exception cref="StorageException">They could not be read: whether the record counts is not known.</exception>
    public bool Proves(in RecordHeader header, ReadOnlySpan<byte> contexts)
    {
        var runs = new List<HomeRun>();
        if (!TryTakeHomes(header, contexts, runs) || Pin(_definition.ExtentOf(header.Start).Value) is not { } file)
        {
            return false;
        }

        try
        {
            var length = 0;
            foreach (var run in runs)
            {
                var target = Data().AsSpan(length, (int)run.Count << _definition.BlockShift);
                if (file.File.Read(region.Layout.BlockOffset(run.First, run.Home), target) != target.Length)
                {
                    return false;
                }

                length += target.Length;
            }

            return BlockProof.Check(
                _definition, header.Start, header.BlockCount, _contexts.AsSpan(0, contexts.Length), Data().AsSpan(0, length),
                mayBeLost: header.Kind == RecordKind.RepairWrite) == ErrorCode.None;
        }
        finally
        {
            extents.Unpin(file);
        }
    }

    /// <summary>A record was replayed.</summary>
    public void Note(in RecordHeader header, ulong position, ReadOnlySpan<byte> contexts)
    {
        var runs = new List<HomeRun>();
        Invariant.Require(TryTakeHomes(header, contexts, runs));
        foreach (var run in runs)
        {
            _runs.Add((position, run));
        }
    }

    /// <summary>Writes once more what records from <paramref name="from"/> on rely on, and syncs it.</summary>
    /// <exception cref="StorageException">It could not: the region cannot be opened.</exception>
    public void Harden(ulong from, ExtentMaker maker)
    {
        var written = new SortedDictionary<uint, ExtentFile>();
        try
        {
            foreach (var (_, run) in _runs.Where(one => one.Position >= from))
            {
                if (!written.TryGetValue(run.Extent, out var file))
                {
                    file = Pin(run.Extent);
                    if (file is null)
                    {
                        // Known to have been durable, and gone: its blocks are refused, and mended from another replica.
                        continue;
                    }

                    written.Add(run.Extent, file);
                    maker.NoteName(run.Extent);
                }

                Rewrite(file, run);
            }

            foreach (var file in written.Values)
            {
                file.File.Sync();
            }

            maker.SyncNames();
        }
        finally
        {
            foreach (var file in written.Values)
            {
                extents.Unpin(file);
            }
        }
    }

    private ExtentFile? Pin(uint extent) =>
        (table.FlagsOf(extent) & ExtentFlags.Established) != 0 ? extents.Pin(extent) : extents.PinUnestablished(extent);

    private void Rewrite(ExtentFile file, in HomeRun run)
    {
        var data = Data().AsSpan(0, (int)run.Count << _definition.BlockShift);
        var offset = region.Layout.BlockOffset(run.First, run.Home);
        var read = file.File.Read(offset, data);
        file.File.Write(offset, data[..read]);
    }

    /// <summary>Copies the contexts without their homes, and tells these.</summary>
    private bool TryTakeHomes(in RecordHeader header, ReadOnlySpan<byte> contexts, List<HomeRun>? runs)
    {
        if (_contexts.Length < contexts.Length)
        {
            _contexts = new byte[contexts.Length];
        }

        contexts.CopyTo(_contexts);
        var size = _definition.ContextSizeBytes;
        var extent = _definition.ExtentOf(header.Start).Value;
        var first = _definition.OffsetInExtent(header.Start);
        for (var i = 0; i < header.BlockCount; i++)
        {
            var context = _contexts.AsSpan(i * size, size);
            if (!HomedContext.TryTakeHome(context, out var home))
            {
                return false;
            }

            if (runs is not null && BlockContext.State(context) == BlockState.Data)
            {
                HomeRun.Add(runs, extent, first + (uint)i, home);
            }
        }

        return true;
    }

    // Only where there are direct writes.
    private byte[] Data() => _data.Length == 0 ? _data = GC.AllocateUninitializedArray<byte>(CopyBytes, pinned: true) : _data;
}
