namespace Crucible.Simulation;

/// <summary>
/// Carries the plan of faults out. One that the fault model forbids at its moment does not happen: it hits another replica
/// instead where that is allowed, or is left out.
/// </summary>
internal sealed class FaultInjector(World world)
{
    private readonly SimulatedStorage?[] _copies = new SimulatedStorage?[ReplicaId.Count];

    /// <summary>Numbers of the faults that have happened.</summary>
    public SortedSet<int> Fired { get; } = [];

    /// <summary>No more faults.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Older whole copies of the regions, from their disks.</summary>
    public SimulatedStorage?[] Copies => _copies;

    public void Start()
    {
        foreach (var fault in world.Plan.Faults)
        {
            if (world.Options.Only?.Contains(fault.Number) == false)
            {
                continue;
            }

            if (fault.Kind == FaultKind.RolledBack)
            {
                world.Scheduler.After(fault.At * new SimulationRandom(fault.Seed).NextDouble(), () => Copy(fault.Replica));
            }

            world.Scheduler.After(fault.At, () => Begin(fault));
        }
    }

    /// <summary>Everything that lasts ends now.</summary>
    public void EndAll()
    {
        IsOver = true;
        world.Operator.EndAll();
        foreach (var node in world.AllDownstairs)
        {
            LocalFaults.End(node);
            node.Process.Thaw();
            for (var host = 0; host < World.Hosts; host++)
            {
                world.Network.Block(host, node.Address, towards: false, from: false);
                NetworkFaults.Normal(world.Network.Link(host, node.Address));
            }
        }

        foreach (var upstairs in world.Upstairs)
        {
            upstairs.Process.Thaw();
        }

        Array.Clear(world.Health.Faults);
        world.Health.UpstairsFaults = 0;
    }

    /// <summary>Notes that a fault has happened.</summary>
    public void Count(Fault fault, int replica, string what)
    {
        Fired.Add(fault.Number);
        world.Coverage.Count(fault.Kind);
        world.Story.Mark(TraceMark.Fault, (ulong)fault.Number, (ulong)replica);
        if (world.Story.IsOn)
        {
            world.Story.Tell("FAULT", $"{fault.Number} {fault.Kind} {what}");
        }
    }

    /// <summary>A replica is hit from now on, and for so long.</summary>
    public void Hold(int replica, TimeSpan length, Action end)
    {
        world.Health.Faults[replica]++;
        world.Checks.Patience.Look();
        world.Scheduler.After(length, () =>
        {
            if (!IsOver)
            {
                world.Health.Faults[replica]--;
                end();
                world.Checks.Patience.Look();
            }
        });
    }

    /// <summary>Carries a fault out, now.</summary>
    public void Fire(Fault fault)
    {
        if (IsOver || !Aim(fault, out var replica))
        {
            return;
        }

        if (!UpstairsFaults.TryFire(world, fault) && !NetworkFaults.TryFire(world, fault, replica)
            && !Replacement.TryFire(world, fault) && !DamageFaults.TryFire(world, fault, replica))
        {
            LocalFaults.TryFire(world, fault, replica);
        }
    }

    private void Copy(int replica) => _copies[replica] = world.Downstairs[replica].Disk.CopyDurable();

    private void Begin(Fault fault)
    {
        if (Moments.IsFor(fault))
        {
            world.Moments.Await(fault);
        }
        else
        {
            Fire(fault);
        }
    }

    // In a life of one bad replica at a time a fault hits the one that is bad already.
    private bool Aim(Fault fault, out int replica)
    {
        replica = fault.Kind == FaultKind.Replaced ? Replacement.Choose(world, fault) : fault.Replica;
        if (world.Damage.IsRot && (replica != world.Damage.Owner || UpstairsFaults.Are(fault.Kind)))
        {
            if (world.Plan.RotAlone)
            {
                return false;
            }

            world.Damage.MayHaveLostBlocks = true;
        }

        if (!world.Plan.OneBad)
        {
            return true;
        }

        if (UpstairsFaults.Are(fault.Kind) || world.Health.IsTroubled())
        {
            return false;
        }

        for (var other = 0; other < ReplicaId.Count; other++)
        {
            if (world.Health.IsBad(other))
            {
                replica = other;
            }
        }

        return true;
    }
}
