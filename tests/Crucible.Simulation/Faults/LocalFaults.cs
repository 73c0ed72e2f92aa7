namespace Crucible.Simulation;

/// <summary>Faults of one replica's machine, disk and daemon that lose nothing durable.</summary>
internal static class LocalFaults
{
    private static readonly double[] Keeps = [0, 0.2, 0.5, 0.8, 1];

    public static bool TryFire(World world, Fault fault, int replica)
    {
        var node = world.Downstairs[replica];
        var random = new SimulationRandom(fault.Seed);
        switch (fault.Kind)
        {
            case FaultKind.PowerLoss:
                world.Injector.Count(fault, replica, $"of replica {replica}");
                LosePower(world, node, random, fault.Length);
                return true;
            case FaultKind.CrashDownstairs or FaultKind.LateReturn:
                if (node.Process.IsRunning)
                {
                    world.Injector.Count(fault, replica, $"of replica {replica}");
                    world.Operator.KeepDown(node, fault.Length);
                    node.Kill("kill -9");
                }

                return true;
            case FaultKind.CrashDownstairsInDiskWork or FaultKind.PowerLossInDiskWork:
                CrashInDiskWork(world, fault, node, random);
                return true;
            case FaultKind.FreezeDownstairs:
                Freeze(world, fault, node);
                return true;
            case FaultKind.SlowDisk:
                world.Injector.Count(fault, replica, $"of replica {replica}");
                node.Speed = DiskSpeed.Slow;
                world.Injector.Hold(replica, fault.Length, () => node.Speed = DiskSpeed.Normal);
                return true;
            case FaultKind.DiskFull:
                world.Injector.Count(fault, replica, $"of replica {replica}");
                node.Disk.Failures.NoSpace = true;
                world.Injector.Hold(replica, fault.Length, () => node.Disk.Failures.NoSpace = false);
                return true;
            case FaultKind.ReadError or FaultKind.WriteError:
                FailCalls(world, fault, node, random);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The machine is without power for a while.</summary>
    public static void LosePower(World world, DownstairsNode node, SimulationRandom random, TimeSpan length)
    {
        world.Operator.KeepDown(node, length);
        node.LosePower(random.Pick<double>(Keeps));
        world.OnLoss();
        world.Checks.Patience.Look();
    }

    /// <summary>Whatever lasts ends.</summary>
    public static void End(DownstairsNode node)
    {
        node.Speed = DiskSpeed.Normal;
        node.Disk.Failures.NoSpace = false;
        node.Disk.Failures.ReadsLeft = node.Disk.Failures.WritesLeft = node.Disk.Failures.SyncsLeft = null;
        node.Disk.DieAfter(0, 0, null);
        node.BeforeApply = null;
    }

    private static void CrashInDiskWork(World world, Fault fault, DownstairsNode node, SimulationRandom random)
    {
        if (!node.Process.IsRunning)
        {
            return;
        }

        // Between the steps of an apply, or wherever it happens to be.
        var (inApply, everywhere) = (random.Chance(0.4), random.Chance(0.4) && !world.Plan.OneBad);
        var (operations, fraction, keep) = (random.Next(inApply ? 24 : 12), random.NextDouble(), random.Pick<double>(Keeps));
        void Arm() => node.Disk.DieAfter(operations, fraction, () =>
        {
            world.Injector.Count(fault, node.Replica, $"of replica {node.Replica}");
            world.Operator.KeepDown(node, fault.Length);
            if (fault.Kind == FaultKind.CrashDownstairsInDiskWork)
            {
                throw new ProcessKilledException("kill -9 in the middle of its disk work");
            }

            node.LosePowerOnceDead(keep);
            if (everywhere)
            {
                world.Scheduler.After(TimeSpan.Zero, () => UpstairsFaults.LosePower(world, random));
            }

            throw new ProcessKilledException("its machine lost power in the middle of its disk work");
        });
        if (inApply)
        {
            node.BeforeApply = Arm;
        }
        else
        {
            Arm();
        }
    }

    private static void Freeze(World world, Fault fault, DownstairsNode node)
    {
        if (!node.Process.IsRunning || node.Process.IsFrozen)
        {
            return;
        }

        world.Injector.Count(fault, node.Replica, $"of replica {node.Replica} for {fault.Length.TotalSeconds:0.000} s");
        var life = node.Process.Life;
        node.Process.Freeze();
        world.Injector.Hold(node.Replica, fault.Length, () =>
        {
            if (node.Process.Life == life)
            {
                node.Process.Thaw();
            }
        });
    }

    private static void FailCalls(World world, Fault fault, DownstairsNode node, SimulationRandom random)
    {
        string[] prefixes = ["", "extents", "journal"];
        var failures = node.Disk.Failures;
        world.Injector.Count(fault, node.Replica, $"of replica {node.Replica}");
        failures.Prefix = random.Pick<string>(prefixes);
        if (fault.Kind == FaultKind.ReadError)
        {
            failures.ReadsLeft = random.Next(5);
        }
        else
        {
            failures.WritesLeft = random.Next(8);
        }

        world.Injector.Hold(node.Replica, fault.Length, () => failures.ReadsLeft = failures.WritesLeft = null);
    }
}
