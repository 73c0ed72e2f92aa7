namespace Crucible.Simulation;

/// <summary>Faults after which a replica no longer holds what it said is durable.</summary>
internal static class DamageFaults
{
    public static bool Are(FaultKind kind) => kind is FaultKind.SyncError or FaultKind.RotInData or FaultKind.RotInContexts
        or FaultKind.RotInJournal or FaultKind.ExtentMissing or FaultKind.ExtentTruncated or FaultKind.Wiped or FaultKind.RolledBack;

    /// <summary>Carries the fault out if it is one of these and allowed now.</summary>
    /// <returns>Whether it is one of these.</returns>
    public static bool TryFire(World world, Fault fault, int replica)
    {
        if (!Are(fault.Kind))
        {
            return false;
        }

        var node = world.Downstairs[replica];
        var random = new SimulationRandom(fault.Seed);
        var file = PickFile(node, fault.Kind, random);
        if ((fault.Kind == FaultKind.RolledBack && world.Injector.Copies[replica] is null) || file is null
            || !world.Damage.TryTake(replica, holders: fault.Kind == FaultKind.Wiped ? 1 : 2))
        {
            return true;
        }

        world.Injector.Count(fault, replica, $"of replica {replica} {file}");
        switch (fault.Kind)
        {
            case FaultKind.SyncError:
                node.Disk.Failures.Prefix = "";
                node.Disk.Failures.SyncsLeft = random.Next(3);
                world.Damage.MayBeBroken("");
                world.Injector.Hold(replica, fault.Length, () => node.Disk.Failures.SyncsLeft = null);
                break;
            case FaultKind.Wiped:
                node.Kill("its region is wiped");
                node.MakeRegion(random.NextGuid());
                world.Checks.Fencing.OnForgot(node.Address);
                world.Operator.KeepDown(node, fault.Length);
                break;
            case FaultKind.RolledBack:
                node.Kill("its region is rolled back");
                node.Disk.Restore(world.Injector.Copies[replica]!);
                world.Checks.Fencing.OnForgot(node.Address);
                world.Operator.KeepDown(node, fault.Length);
                break;
            default:
                Rot(world, fault, node, file, random);
                break;
        }

        return true;
    }

    private static void Rot(World world, Fault fault, DownstairsNode node, string file, SimulationRandom random)
    {
        world.Damage.MayBeBroken(file);
        switch (fault.Kind)
        {
            case FaultKind.ExtentMissing:
                node.Disk.Lose(file);
                break;
            case FaultKind.ExtentTruncated:
                node.Disk.DamageLength(file, (long)random.Below((ulong)node.Disk.ContentOf(file).Length));
                break;
            default:
                FlipBits(world, node, file, fault.Kind, random);
                break;
        }

        if (random.Chance(0.3))
        {
            world.Operator.KeepDown(node, fault.Length);
            node.Kill("kill -9 after its disk rotted");
        }

        world.Injector.Hold(node.Replica, fault.Length, () => Mend(world, node));
    }

    private static void FlipBits(World world, DownstairsNode node, string file, FaultKind kind, SimulationRandom random)
    {
        var content = node.Disk.ContentOf(file);
        var data = (int)(world.Plan.Geometry.ExtentSizeBytes / SimulatedFileContent.SectorBytes);
        var sectors = (int)((content.Length + SimulatedFileContent.SectorBytes - 1) / SimulatedFileContent.SectorBytes);
        var seconds = SecondHomes(world.Plan.Geometry) / SimulatedFileContent.SectorBytes;
        IReadOnlyList<int> used = kind switch
        {
            FaultKind.RotInData => [.. content.UsedSectors(0, data), .. content.UsedSectors(seconds, sectors)],
            FaultKind.RotInContexts => content.UsedSectors(data, Math.Min(seconds, sectors)),
            _ => content.UsedSectors(0, sectors),
        };
        for (var flips = 1 + random.Next(3); flips > 0 && used.Count > 0; flips--)
        {
            var sector = used[random.Next(used.Count)];
            content.Rot(sector, random.Next(SimulatedFileContent.SectorBytes), (byte)(1 << random.Next(8)));
            world.Damage.AddRot(content);
        }
    }

    /// <summary>Where in an extent's file the second homes begin: docs/on-disk-format.md.</summary>
    private static int SecondHomes(RegionDefinition geometry)
    {
        var pages = ((int)geometry.ExtentSizeBlocks + (496 / geometry.ContextSizeBytes) - 1) / (496 / geometry.ContextSizeBytes);
        return ((int)geometry.ExtentSizeBytes + ((pages + 1) * SimulatedFileContent.SectorBytes) + 4095) & ~4095;
    }

    // Rot ends where nothing has read it into other places; where it has, the operator replaces the region.
    private static void Mend(World world, DownstairsNode node)
    {
        if (node.IsReplaced)
        {
            return;
        }

        world.Damage.EndRot();
        if (world.Damage.Owner == node.Replica && !world.Damage.IsSeenWhole(now: true))
        {
            world.Coverage.Count(Outcome.RegionsReplacedByOperator);
            world.Operator.Replace(node, "blocks of it can't be read");
        }
    }

    private static string? PickFile(DownstairsNode node, FaultKind kind, SimulationRandom random)
    {
        if (kind is FaultKind.SyncError or FaultKind.Wiped or FaultKind.RolledBack)
        {
            return "";
        }

        if (kind == FaultKind.RotInJournal)
        {
            return "journal";
        }

        var extents = node.Disk.Files.Where(static name => name.StartsWith("extents/", StringComparison.Ordinal)).ToArray();
        return extents.Length == 0 ? null : extents[random.Next(extents.Length)];
    }
}
