using Crucible.Downstairs;
using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>
/// Where jobs that change the region collect until one write puts them all into the journal: as the daemon's stage does,
/// without its locks.
/// </summary>
internal sealed class AppendStage(Region region, Func<ErrorCode> makeRoom)
{
    private AppendBatch? _batch;

    /// <summary>Whether any one job can be added: otherwise commit, and if that does not help, <see cref="MakeRoom"/>.</summary>
    public bool TakesAnyJob => Batch.TakesAnyJob;

    private AppendBatch Batch => _batch ??= region.BeginAppend();

    /// <summary>Waits until the journal was applied, and tells the core where there is no room nevertheless. Nothing may wait in the batch.</summary>
    public void MakeRoom(DownstairsCore core)
    {
        var result = ErrorCode.None;
        while (core.TakesJobs && result == ErrorCode.None && !TakesAnyJob)
        {
            result = makeRoom();
        }

        if (result == ErrorCode.NoSpace)
        {
            core.OnNoRoom();
        }
        else if (result != ErrorCode.None)
        {
            core.OnCommitted(result);
        }
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

    public ErrorCode Promote(in PromoteToActiveHeader header)
    {
        var error = region.State.Volume == VolumeId.None ? ErrorOf(Batch.AddVolume(header.Volume)) : ErrorCode.None;
        error = error == ErrorCode.None ? ErrorOf(Batch.AddPromote(header.Generation, header.Session)) : error;
        return error == ErrorCode.None ? CommitAndSync() : error;
    }

    public ErrorCode Note(in RegionNoteRequest request)
    {
        var error = ErrorOf(request.Note == RegionNote.BeginRepair
            ? Batch.AddBeginRepair()
            : Batch.AddInSync(request.Generation, request.LastJob, request.LastFlush));
        return error == ErrorCode.None ? CommitAndSync() : error;
    }

    /// <summary>Puts what was added into the journal.</summary>
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
        return result != ErrorCode.None ? result : region.Sync();
    }
}
