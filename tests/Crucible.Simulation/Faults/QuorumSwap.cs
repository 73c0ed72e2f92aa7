namespace Crucible.Simulation;

/// <summary>
/// What witnesses are for: one replica is away while guests go on; the upstairs is lost, and on one of the other two what was
/// not synced; while that one is made like the third, the third goes, and the one that was away comes back. Alone, the two
/// that are there then know less than was promised, or hold a mixture.
/// </summary>
internal static class QuorumSwap
{
    /// <summary>The fault's replica goes; then the upstairs, and the power of another one.</summary>
    public static void Begin(World world, Fault fault)
    {
        if (world.Injector.IsOver || world.Plan.OneBad || world.Damage.IsAny)
        {
            return;
        }

        var random = new SimulationRandom(fault.Seed);
        world.Operator.KeepDown(world.Downstairs[fault.Replica], Moments.LongestWait);
        world.Downstairs[fault.Replica].Kill("kill -9");
        world.Checks.Patience.Look();
        world.Scheduler.After(random.Spread(100, 1500), () =>
        {
            if (!world.Injector.IsOver && !world.Damage.IsAny)
            {
                world.Current?.Kill("kill -9");
                var weak = world.Downstairs[(fault.Replica + 1 + random.Next(2)) % ReplicaId.Count];
                LocalFaults.LosePower(world, weak, random, random.Spread(5, 100));
            }
        });
    }

    /// <summary>One of the other two is made alike: the one that it is made like goes, and the fault's replica returns.</summary>
    public static void Fire(World world, Fault fault)
    {
        var leaving = Array.Find(world.Downstairs, node => node.Replica != fault.Replica && node.Replica != world.Moments.Reconciling)!;
        if (world.Moments.Reconciling == fault.Replica || !leaving.Process.IsRunning)
        {
            return;
        }

        world.Injector.Count(fault, leaving.Replica, $"replica {leaving.Replica} goes, {fault.Replica} returns");
        world.Operator.KeepDown(leaving, fault.Length);
        leaving.Kill("kill -9");
        world.Operator.Release(fault.Replica);
    }
}
