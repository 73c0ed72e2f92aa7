using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// Moments in which much hangs on what comes next: a replica is promoted, made like the others, repaired, about to record that
/// it is in sync, or has just done so. They are short, and a schedule rarely meets them; so some faults wait for one, and guests write more in it.
/// </summary>
internal sealed class Moments(World world)
{
    /// <summary>How long a fault waits.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(4);

    private const int MostWrites = 12;

    private readonly SimulationRandom _random = world.Random.Fork(7);
    private readonly List<Fault> _waiting = [];

    /// <summary>The replica that was last begun to be made like another one at an activation.</summary>
    public int Reconciling { get; private set; }

    /// <summary>Whether a fault waits for a moment.</summary>
    public static bool IsFor(Fault fault) => fault.Kind == FaultKind.QuorumSwap || (fault.Seed >> 1) % 4 == 0;

    /// <summary>A fault fires in the next moment, or, where none comes for long, without one.</summary>
    public void Await(Fault fault)
    {
        _waiting.Add(fault);
        if (fault.Kind == FaultKind.QuorumSwap)
        {
            QuorumSwap.Begin(world, fault);
            world.Scheduler.After(LongestWait, () => _waiting.Remove(fault));
        }
        else
        {
            world.Scheduler.After(LongestWait, () => Release(fault));
        }
    }

    /// <summary>A replica's state at the current upstairs has changed.</summary>
    public void OnReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to)
    {
        var isRepaired = from == ReplicaState.Repairing && to == ReplicaState.Active;
        if (world.Injector.IsOver
            || (!isRepaired && to is not (ReplicaState.Promoting or ReplicaState.Reconciling or ReplicaState.Repairing or ReplicaState.Marking)))
        {
            return;
        }

        if (to == ReplicaState.Reconciling)
        {
            Reconciling = replica.Value;
        }

        var next = to == ReplicaState.Reconciling ? _waiting.Find(static fault => fault.Kind == FaultKind.QuorumSwap) : null;
        next ??= _waiting.Find(static fault => fault.Kind != FaultKind.QuorumSwap);
        if (next is not null && (next.Kind == FaultKind.QuorumSwap || _random.Chance(0.5)))
        {
            world.Scheduler.After(_random.Spread(0.05, 40), () => Release(next));
        }

        if (to == ReplicaState.Repairing && _random.Chance(0.5))
        {
            for (var left = _random.Next(MostWrites); left > 0; left--)
            {
                world.Scheduler.After(_random.Spread(0.05, 60), Write);
            }
        }
    }

    private void Release(Fault fault)
    {
        if (_waiting.Remove(fault))
        {
            world.Injector.Fire(fault);
        }
    }

    private void Write()
    {
        if (world is { TakesRequests: true, Current: { IsServing: true } upstairs })
        {
            var blocks = world.Plan.Geometry.TotalBlocks;
            var start = _random.Below(blocks);
            var count = Math.Min(1 + _random.Below(2), blocks - start);
            world.Submit(upstairs, world.Requests.Make(null, RequestKind.Write, start, (uint)count, static _ => { }));
        }
    }
}
