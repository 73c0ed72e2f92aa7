namespace Crucible.Simulation;

/// <summary>Faults of upstairs, and of all at once.</summary>
internal static class UpstairsFaults
{
    public static bool Are(FaultKind kind) => kind is FaultKind.CrashUpstairs or FaultKind.CloseUpstairs or FaultKind.FreezeUpstairs
        or FaultKind.Takeover or FaultKind.PowerLossOnAll or FaultKind.PowerLossOnAllAndUpstairs or FaultKind.QuorumSwap;

    /// <summary>Carries the fault out if it is one of these, as far as it is possible now.</summary>
    /// <returns>Whether it is one of these.</returns>
    public static bool TryFire(World world, Fault fault)
    {
        if (!Are(fault.Kind))
        {
            return false;
        }

        switch (fault.Kind)
        {
            case FaultKind.PowerLossOnAll:
                world.Injector.Count(fault, 3, "everywhere");
                LosePowerOfReplicas(world, new SimulationRandom(fault.Seed));
                break;
            case FaultKind.PowerLossOnAllAndUpstairs:
                world.Injector.Count(fault, 3, "everywhere");
                LosePower(world, new SimulationRandom(fault.Seed));
                break;
            case FaultKind.QuorumSwap:
                QuorumSwap.Fire(world, fault);
                break;
            default:
                if (world.Current is { HasEnded: false } upstairs)
                {
                    Fire(world, fault, upstairs);
                }

                break;
        }

        return true;
    }

    private static void Fire(World world, Fault fault, UpstairsNode upstairs)
    {
        world.Injector.Count(fault, upstairs.Number, $"hits {upstairs.Name}");
        switch (fault.Kind)
        {
            case FaultKind.CrashUpstairs:
                upstairs.Kill("kill -9");
                break;
            case FaultKind.CloseUpstairs:
                upstairs.Close();
                break;
            case FaultKind.FreezeUpstairs:
                Freeze(world, fault, upstairs);
                break;
            default:
                world.StartUpstairs(1 - upstairs.Host);
                break;
        }
    }

    private static void Freeze(World world, Fault fault, UpstairsNode upstairs)
    {
        upstairs.Process.Freeze();
        world.Health.UpstairsFaults++;
        world.Checks.Patience.Look();
        world.Scheduler.After(fault.Length, () =>
        {
            if (!world.Injector.IsOver)
            {
                world.Health.UpstairsFaults--;
                upstairs.Process.Thaw();
                world.Checks.Patience.Look();
            }
        });
        if ((fault.Seed & 1) == 0)
        {
            world.Scheduler.After(fault.Length / 3, () =>
            {
                if (!world.Injector.IsOver && world.Current == upstairs)
                {
                    world.StartUpstairs(1 - upstairs.Host);
                }
            });
        }
    }

    /// <summary>All machines lose their power, that of the upstairs too.</summary>
    public static void LosePower(World world, SimulationRandom random)
    {
        world.Current?.Kill("its machine lost power");
        LosePowerOfReplicas(world, random);
    }

    private static void LosePowerOfReplicas(World world, SimulationRandom random)
    {
        foreach (var node in world.Downstairs)
        {
            LocalFaults.LosePower(world, node, random, random.Spread(5, 1500));
        }
    }
}
