using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>Moves blocks from the journal to the extents beside everything else, step by step, as the daemon's applier does.</summary>
internal sealed class RegionApplier(DownstairsNode node, SimulationRandom random, Region region)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private Instant _lastAppend = node.World.Scheduler.Now;
    private bool _working;
    private bool _lacksSpace;
    private ApplyPlan? _executed;

    public void Start() => node.Process.After(Interval, OnInterval);

    public void OnAppended()
    {
        _lastAppend = node.World.Scheduler.Now;
        if (region.NeedsApply || node.BeforeApply is not null || random.Chance(node.World.Plan.ApplyChance))
        {
            Begin();
        }
    }

    /// <summary>Applies at once: whoever appends waits for it.</summary>
    /// <returns>Why there is no room nevertheless, or none.</returns>
    public ErrorCode MakeRoom()
    {
        node.World.Coverage.Count(Outcome.JournalsFull);
        CommitExecuted();
        return region.Apply(force: true);
    }

    private void OnInterval()
    {
        // Where the disk was full it is tried again at every turn: nobody else may be left to ask.
        if (_lacksSpace || (region.JournalBytesUsed > 0 && node.World.Scheduler.Now - _lastAppend >= node.World.Plan.IdleApply))
        {
            Begin();
        }

        node.Process.After(Interval, OnInterval);
    }

    private void Begin()
    {
        if (_working || region.PlanApply(force: true) is not { } plan)
        {
            return;
        }

        _working = true;
        node.Process.After(node.Speed.Append(random), () => Execute(plan));
    }

    private void Execute(ApplyPlan plan)
    {
        var before = node.BeforeApply;
        node.BeforeApply = null;
        before?.Invoke();

        // Whoever found the journal full may have done it meanwhile.
        var result = plan.IsExecuted ? ErrorCode.Closed : region.Execute(plan);
        _lacksSpace = result == ErrorCode.NoSpace;
        if (result != ErrorCode.None)
        {
            _working = false;
            return;
        }

        node.World.Coverage.Count(Outcome.JournalsApplied);
        _executed = plan;
        node.Process.After(node.Speed.Sync(random), () =>
        {
            CommitExecuted();
            _working = false;
        });
    }

    private void CommitExecuted()
    {
        if (_executed is { } plan)
        {
            _executed = null;
            region.Commit(plan);
        }
    }
}
