using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>
/// Where jobs that change the region collect until one write puts them all into the journal. Whoever adds or commits holds
/// the stage (<see cref="Enter"/>). Adding never waits for anything: it happens under the core's lock, and whoever holds
/// the stage has made room before (<see cref="TakesAnyJob"/>). Committing and waiting may block, and happen without it.
/// </summary>
internal sealed class AppendStage(Region region, Applier applier, SyncMeter syncs)
{
    private readonly Lock _lock = new();
    private AppendBatch? _batch;

    /// <summary>Whether any one job can be added: otherwise commit, and if that does not help, <see cref="WaitForRoom"/>.</summary>
    public bool TakesAnyJob => Batch.TakesAnyJob;

    /// <summary>Nothing waits to be committed.</summary>
    public bool IsEmpty => _batch is null or { IsEmpty: true };

    private AppendBatch Batch => _batch ??= region.BeginAppend();

    public void Enter() => _lock.Enter();

    public void Exit() => _lock.Exit();

    /// <summary>Waits until the journal was applied. Nothing may wait in the batch.</summary>
    /// <returns>Why there is no room nevertheless, or none.</returns>
    public ErrorCode WaitForRoom()
    {
        var result = ErrorCode.None;
        while (result == ErrorCode.None && !TakesAnyJob)
        {
            result = applier.WaitForRoom();
        }

        return result;
    }

    /// <summary>Whether something that was added and not committed touches one of the blocks.</summary>
    public bool Overlaps(BlockIndex start, uint count) => _batch is { IsEmpty: false } batch && batch.Overlaps(start, count);

    public ErrorCode Write(in WriteHeader header, ReadOnlyMemory<byte> blocks) => ErrorOf(
        Batch.AddWrite(header.Generation, header.Job, header.Start, header.BlockCount, header.Contexts.Span, blocks));

    public ErrorCode Repair(in RepairWriteHeader header, ReadOnlyMemory<byte> blocks) => ErrorOf(
        Batch.AddRepairWrite(header.Start, header.BlockCount, header.Contexts.Span, blocks));

    public ErrorCode Zeroes(in WriteZeroesHeader header) => ErrorOf(
        Batch.AddWriteZeroes(header.Generation, header.Job, header.Start, header.BlockCount));

    public ErrorCode Discard(in DiscardHeader header) => ErrorOf(
        Batch.AddDiscard(header.Generation, header.Job, header.Start, header.BlockCount));

    public ErrorCode Flush(in FlushHeader header) => ErrorOf(Batch.AddFlush(header.Generation, header.Job, header.Flush));

    public ErrorCode Version(in SetExtentVersionHeader header) => ErrorOf(
        Batch.AddExtentVersion(header.Extent, header.VersionGeneration, header.VersionFlush, header.Dirty));

    /// <summary>Makes a promotion durable. Nothing else may wait in the batch.</summary>
    public ErrorCode Promote(in PromoteToActiveHeader header)
    {
        var error = region.State.Volume == VolumeId.None ? ErrorOf(Batch.AddVolume(header.Volume)) : ErrorCode.None;
        error = error == ErrorCode.None ? ErrorOf(Batch.AddPromote(header.Generation, header.Session)) : error;
        return error == ErrorCode.None ? CommitAndSync() : error;
    }

    /// <summary>Makes a note durable. Nothing else may wait in the batch.</summary>
    public ErrorCode Note(in RegionNoteRequest request)
    {
        var error = ErrorOf(request.Note == RegionNote.BeginRepair
            ? Batch.AddBeginRepair()
            : Batch.AddInSync(request.Generation, request.LastJob, request.LastFlush));
        return error == ErrorCode.None ? CommitAndSync() : error;
    }

    /// <summary>Puts what was added into the journal. What it borrowed is free again.</summary>
    /// <returns>Why nothing of it is there, or none.</returns>
    public ErrorCode Commit()
    {
        if (_batch is not { } batch)
        {
            return ErrorCode.None;
        }

        _batch = null;
        return region.Commit(batch);
    }

    private static ErrorCode ErrorOf(AppendResult result)
    {
        Invariant.Require(result.Status is AppendStatus.Added or AppendStatus.Refused);
        return result.Error;
    }

    private ErrorCode CommitAndSync()
    {
        var result = Commit();
        return result != ErrorCode.None ? result : syncs.Sync();
    }
}
