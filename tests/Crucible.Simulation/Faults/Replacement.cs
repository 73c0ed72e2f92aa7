using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// The operator lets an empty region at another address take a replica's place while the guest runs. The one that was replaced
/// stays as it is, up or not, or goes and comes back: nobody may ask it for anything any more.
/// </summary>
internal static class Replacement
{
    private const double StaysUp = 0.6;
    private const double IsLate = 0.3;
    private const double AwaitsFlush = 0.5;

    /// <summary>How often it is looked whether a flush is half done.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(0.5);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Whom to replace: the one that is damaged or otherwise bad, where there is one.</summary>
    public static int Choose(World world, Fault fault)
    {
        if (world.Damage.IsAny)
        {
            return world.Damage.Owner;
        }

        var bad = Array.Find(world.Downstairs, node => world.Health.IsBad(node.Replica));
        return bad?.Replica ?? fault.Replica;
    }

    /// <summary>Carries the fault out if it is one of these and allowed now.</summary>
    /// <returns>Whether it is one of these.</returns>
    public static bool TryFire(World world, Fault fault)
    {
        if (fault.Kind != FaultKind.Replaced)
        {
            return false;
        }

        var random = new SimulationRandom(fault.Seed);
        Await(world, fault, random, random.Chance(AwaitsFlush) ? world.Scheduler.Now + LongestWait : world.Scheduler.Now);
        return true;
    }

    // Much hangs on flushes that it has done, and another one has not: some replacements wait for one.
    private static void Await(World world, Fault fault, SimulationRandom random, Instant until)
    {
        if (world.Injector.IsOver)
        {
            return;
        }

        var replica = Choose(world, fault);
        if (world.Scheduler.Now < until && !HasDoneFlush(world, replica))
        {
            world.Scheduler.After(Glance, () => Await(world, fault, random, until));
            return;
        }

        // Whoever opens the volume at this moment does so with the addresses of before: a careful operator waits for that.
        if (world.Current is { IsServing: true, Process.IsFrozen: false } upstairs
            && world.Upstairs.TrueForAll(static one => one.Core.State != VolumeState.Activating)
            && !(world.Plan.OneBad && Array.Exists(world.Downstairs, node => node.Replica != replica && world.Health.IsBad(node.Replica)))
            && upstairs.Core.WhyNotReplace(new ReplicaId((byte)replica)) is null && world.Damage.TryReplace(replica))
        {
            Fire(world, fault, random, upstairs, world.Downstairs[replica]);
        }
    }

    private static bool HasDoneFlush(World world, int replica) => world.Current is { IsServing: true } upstairs
        && upstairs.Core.Jobs.Any(job => job is { Kind: RequestKind.Flush, IsAnswered: false } && job.ProgressOf(new ReplicaId((byte)replica)) == JobProgress.Done);

    private static void Fire(World world, Fault fault, SimulationRandom random, UpstairsNode upstairs, DownstairsNode before)
    {
        var replica = before.Replica;
        var state = upstairs.Core.Replicas[replica].State;
        world.Injector.Count(fault, replica, $"of replica {replica}, which is {state}, by the one at {world.Network.NextAddress}");
        world.Coverage.Count(state == ReplicaState.Active ? Outcome.ActiveReplaced : Outcome.InactiveReplaced);
        LocalFaults.End(before);
        var next = new DownstairsNode(world, replica, world.Network.NextAddress);
        world.Network.Add(next);
        world.Downstairs[replica] = next;
        world.Replaced.Add(before);
        world.Injector.Copies[replica] = null;
        world.Operator.Release(replica);
        world.Checks.Fencing.OnReplaced(before.Address, upstairs.Core.Generation);
        next.MakeRegion(random.NextGuid());
        if (random.Chance(IsLate))
        {
            world.Operator.KeepDown(next, fault.Length);
        }
        else
        {
            next.Start();
        }

        upstairs.Replace(next);
        world.Checks.Patience.Look();
        if (!random.Chance(StaysUp))
        {
            world.Scheduler.After(random.Spread(0.05, 2000), () => before.Kill("it was replaced"));
            world.Scheduler.After(random.Spread(2000, 8000), () =>
            {
                before.ReturnPower();
                before.Start();
            });
        }
    }
}
