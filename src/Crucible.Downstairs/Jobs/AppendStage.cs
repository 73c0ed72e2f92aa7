using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>
/// Where jobs that change the region collect until one write puts them all into the journal. Whoever adds or commits holds
/// the stage (<see cref="Enter"/>); it may block there, while the core's lock stays free for others.
/// </summary>
internal sealed class AppendStage(Region region, Applier applier, SyncMeter syncs)
{
    private readonly Lock _lock = new();
    private AppendBatch? _batch;
    private ErrorCode _failed;

    /// <summary>Whether messages of this kind need the stage.</summary>
    public static bool IsFor(MessageKind kind) => kind is
        MessageKind.Write or MessageKind.WriteZeroes or MessageKind.Discard or MessageKind.Flush or MessageKind.RepairWrite
        or MessageKind.SetExtentVersion or MessageKind.PromoteToActive or MessageKind.BeginRepair or MessageKind.MarkInSync;

    public void Enter() => _lock.Enter();

    /// <summary>Whether the largest job would not fit: commit, then <see cref="WaitForRoom"/>.</summary>
    public bool IsFull => region.IsFull;

    /// <summary>Waits until the journal was applied. Nothing may wait in the batch.</summary>
    public void WaitForRoom()
    {
        while (region.IsFull && _failed == ErrorCode.None)
        {
            Fail(applier.WaitForRoom());
        }
    }

    public void Exit() => _lock.Exit();

    /// <summary>Whether something that was added and not committed touches one of the blocks.</summary>
    public bool Overlaps(BlockIndex start, uint count) => _batch is { IsEmpty: false } batch && batch.Overlaps(start, count);

    public ErrorCode Write(in WriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        AppendResult result;
        do
        {
            result = Batch.AddWrite(header.Generation, header.Job, header.Start, header.BlockCount, header.Contexts.Span, blocks);
        }
        while (MakesRoom(result));
        return result.Error;
    }

    public ErrorCode Repair(in RepairWriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        AppendResult result;
        do
        {
            result = Batch.AddRepairWrite(header.Start, header.BlockCount, header.Contexts.Span, blocks);
        }
        while (MakesRoom(result));
        return result.Error;
    }

    public ErrorCode Zeroes(in WriteZeroesHeader header)
    {
        AppendResult result;
        do
        {
            result = Batch.AddWriteZeroes(header.Generation, header.Job, header.Start, header.BlockCount);
        }
        while (MakesRoom(result));
        return result.Error;
    }

    public ErrorCode Discard(in DiscardHeader header)
    {
        AppendResult result;
        do
        {
            result = Batch.AddDiscard(header.Generation, header.Job, header.Start, header.BlockCount);
        }
        while (MakesRoom(result));
        return result.Error;
    }

    public ErrorCode Flush(in FlushHeader header)
    {
        AppendResult result;
        do
        {
            result = Batch.AddFlush(header.Generation, header.Job, header.Flush);
        }
        while (MakesRoom(result));
        return result.Error;
    }

    public ErrorCode Version(in SetExtentVersionHeader header)
    {
        AppendResult result;
        do
        {
            result = Batch.AddExtentVersion(header.Extent, header.VersionGeneration, header.VersionFlush, header.Dirty);
        }
        while (MakesRoom(result));
        return result.Error;
    }

    /// <summary>Makes a promotion durable. Nothing else may wait in the batch.</summary>
    public ErrorCode Promote(in PromoteToActiveHeader header)
    {
        AppendResult result;
        if (region.State.Volume == VolumeId.None)
        {
            do
            {
                result = Batch.AddVolume(header.Volume);
            }
            while (MakesRoom(result));
            Fail(result.Error);
        }

        do
        {
            result = Batch.AddPromote(header.Generation, header.Session);
        }
        while (MakesRoom(result));
        Fail(result.Error);
        return CommitAndSync();
    }

    /// <summary>Makes a note durable. Nothing else may wait in the batch.</summary>
    public ErrorCode Note(in RegionNoteRequest request)
    {
        AppendResult result;
        do
        {
            result = request.Note == RegionNote.BeginRepair
                ? Batch.AddBeginRepair()
                : Batch.AddInSync(request.Generation, request.LastJob, request.LastFlush);
        }
        while (MakesRoom(result));
        Fail(result.Error);
        return CommitAndSync();
    }

    /// <summary>Puts what was added into the journal. What it borrowed is free again.</summary>
    /// <returns>What failed since the last time, or none.</returns>
    public ErrorCode Commit()
    {
        CommitBatch();
        var result = _failed;
        _failed = ErrorCode.None;
        return result;
    }

    private AppendBatch Batch => _batch ??= region.BeginAppend();

    private bool MakesRoom(AppendResult result)
    {
        if (result.Status is not (AppendStatus.BatchFull or AppendStatus.RegionFull) || _failed != ErrorCode.None)
        {
            return false;
        }

        CommitBatch();
        if (result.Status == AppendStatus.RegionFull && _failed == ErrorCode.None)
        {
            Fail(applier.WaitForRoom());
        }

        return _failed == ErrorCode.None;
    }

    private ErrorCode CommitAndSync()
    {
        var result = Commit();
        return result != ErrorCode.None ? result : syncs.Sync();
    }

    private void CommitBatch()
    {
        if (_batch is { } batch)
        {
            _batch = null;
            Fail(region.Commit(batch));
        }
    }

    private void Fail(ErrorCode error)
    {
        if (_failed == ErrorCode.None)
        {
            _failed = error;
        }
    }
}
