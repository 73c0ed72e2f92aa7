using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

/// <summary>
/// When the journal is applied and what follows: one plan at a time, made under the region's lock, carried out without it,
/// ended under it.
/// </summary>
internal sealed class ApplyCycle(RegionParts parts, Applier applier)
{
    /// <summary>
    /// Bytes of direct writes at which it is time to apply: blocks written again before that go through the journal, and both of
    /// their homes are taken.
    /// </summary>
    private const long DirectBytes = 128L << 20;

    private readonly RegionMemory _memory = parts.Memory;
    private readonly Journal _journal = parts.Journal;
    private readonly RegionFault _fault = parts.Fault;
    private readonly ILogger _logger = parts.Logger;
    private readonly ApplyPlan _plan = new();
    private bool _planOut;
    private string? _failure;

    /// <summary>Half of the journal, or of the index of its blocks, is used, or much was written directly, and no plan is under way.</summary>
    public bool IsNeeded
    {
        get
        {
            lock (_memory.Lock)
            {
                return !_planOut && IsHalfFull;
            }
        }
    }

    /// <summary>A plan was made and not ended.</summary>
    public bool IsUnderWay => _planOut;

    private bool IsHalfFull =>
        _journal.UsedBytes >= _journal.Ring.Bytes / 2
        || _memory.Active.Count >= _memory.TableBlocks
        || (long)_memory.Active.DirectCount << parts.Identity.Definition.BlockShift >= DirectBytes;

    /// <summary>As <see cref="Region.PlanApply"/>.</summary>
    public ApplyPlan? Plan(bool force)
    {
        if (_fault.IsSet)
        {
            return null;
        }

        lock (_memory.Lock)
        {
            if (_planOut)
            {
                return _plan.IsExecuted ? null : _plan;
            }

            return _journal.UsedBytes == 0 || (!force && !IsHalfFull) ? null : Make();
        }
    }

    /// <summary>As <see cref="Region.Execute"/>.</summary>
    public ErrorCode Execute(ApplyPlan plan)
    {
        Invariant.Require(_planOut && !plan.IsExecuted);
        if (_fault.IsSet)
        {
            return ErrorCode.RegionFaulted;
        }

        try
        {
            applier.Execute(plan);
            plan.IsExecuted = true;
            Tell(null);
            return ErrorCode.None;
        }
        catch (StorageException e)
        {
            if (e.Code != ErrorCode.NoSpace)
            {
                _fault.Set(e.Message);
            }

            Tell(e.Message);
            return e.Code;
        }
    }

    /// <summary>As <see cref="Region.Commit(ApplyPlan)"/>.</summary>
    public void Commit(ApplyPlan plan)
    {
        Invariant.Require(_planOut && plan.IsExecuted);
        BlockTable table;
        lock (_memory.Lock)
        {
            applier.Commit(plan);
            table = _memory.Thaw();
            _journal.ReleaseTo(plan.End);
            plan.Table = null;
        }

        _memory.Recycle(table);
        lock (_memory.Lock)
        {
            _planOut = false;
        }
    }

    /// <summary>
    /// Begins a new epoch behind damage in the journal. The checkpoint that does so must hold the state itself, for the
    /// records that bore witness of it count no more from then on: so all that was replayed is applied first.
    /// </summary>
    /// <exception cref="StorageException">It could not be applied: the region is as it was before.</exception>
    public void BeginAfterDamage()
    {
        ApplyPlan plan;
        lock (_memory.Lock)
        {
            plan = Make();
        }

        plan.BeginsEpoch = true;
        var error = Execute(plan);
        if (error != ErrorCode.None)
        {
            throw new StorageException(error, $"cannot apply the journal of a damaged region: {_failure}");
        }

        Commit(plan);
    }

    private ApplyPlan Make()
    {
        _plan.End = _journal.Appended;
        _plan.JournalBytes = _journal.UsedBytes;
        _plan.State = _memory.State;
        _plan.EstablishedCount = _memory.Extents.EstablishedCount;
        _memory.Extents.TakeChanges(_plan.Extents);
        _plan.Table = _memory.Freeze();
        _plan.Readable.Clear();
        _plan.Healed.Clear();
        _plan.Freed.Clear();
        _plan.IsExecuted = _plan.BeginsEpoch = false;
        _planOut = true;
        return _plan;
    }

    /// <summary>A disk stays full for long and is tried again every second: only what is new is worth a line.</summary>
    private void Tell(string? failure)
    {
        if (failure is not null && failure != _failure)
        {
            _logger.ApplyFailed(failure);
        }
        else if (failure is null && _failure is not null)
        {
            _logger.ApplyResumed();
        }

        _failure = failure;
    }
}
