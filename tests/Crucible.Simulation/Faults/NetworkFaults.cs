namespace Crucible.Simulation;

/// <summary>Faults of the ways to a replica.</summary>
internal static class NetworkFaults
{
    /// <summary>A connection that carries nothing any more, or nothing but garbage, is made anew by then.</summary>
    private static readonly TimeSpan NoticedWithin = TimeSpan.FromSeconds(2.2);

    /// <summary>Carries the fault out if it is one of these.</summary>
    /// <returns>Whether it is one of these.</returns>
    public static bool TryFire(World world, Fault fault, int replica)
    {
        var random = new SimulationRandom(fault.Seed);
        switch (fault.Kind)
        {
            case FaultKind.Partition:
                Block(world, fault, replica, random, towards: true, from: true);
                return true;
            case FaultKind.PartitionTowards:
                Block(world, fault, replica, random, towards: true, from: false);
                return true;
            case FaultKind.PartitionFrom:
                Block(world, fault, replica, random, towards: false, from: true);
                return true;
            case FaultKind.SlowLink:
                SlowDown(world, fault, replica, random);
                return true;
            case FaultKind.ConnectionReset:
                OnConnection(world, fault, replica, static (connection, _) => connection.Reset());
                return true;
            case FaultKind.WireFlip:
                OnConnection(world, fault, replica, static (connection, random) => connection.Tamper = bytes => Flip(bytes, random));
                return true;
            case FaultKind.WireGarbage:
                OnConnection(world, fault, replica, static (connection, random) =>
                {
                    var bytes = new byte[1 + random.Next(200)];
                    random.NextBytes(bytes);
                    connection.Send(random.Chance(0.5), bytes);
                });
                return true;
            default:
                return false;
        }
    }

    public static void Normal(SimulatedLink link)
    {
        link.Latency = TimeSpan.FromMicroseconds(100);
        link.Jitter = TimeSpan.FromMicroseconds(400);
    }

    private static void Block(World world, Fault fault, int replica, SimulationRandom random, bool towards, bool from)
    {
        var one = random.Chance(0.5) || world.Current is null ? -1 : world.Current.Host;
        world.Injector.Count(fault, replica, $"of replica {replica} {(one < 0 ? "for all hosts" : $"for host {one}")}");
        var address = world.Downstairs[replica].Address;
        ForHosts(one, host => world.Network.Block(host, address, towards, from));
        world.Injector.Hold(replica, fault.Length, () => ForHosts(one, host => world.Network.Block(host, address, false, false)));
    }

    private static void SlowDown(World world, Fault fault, int replica, SimulationRandom random)
    {
        world.Injector.Count(fault, replica, $"to replica {replica}");
        var latency = random.Spread(2, 80);
        var address = world.Downstairs[replica].Address;
        ForHosts(-1, host =>
        {
            world.Network.Link(host, address).Latency = latency;
            world.Network.Link(host, address).Jitter = latency;
        });
        world.Injector.Hold(replica, fault.Length, () => ForHosts(-1, host => Normal(world.Network.Link(host, address))));
    }

    private static void ForHosts(int one, Action<int> action)
    {
        for (var host = 0; host < World.Hosts; host++)
        {
            if (one < 0 || host == one)
            {
                action(host);
            }
        }
    }

    private static void OnConnection(World world, Fault fault, int replica, Action<SimulatedConnection, SimulationRandom> action)
    {
        var random = new SimulationRandom(fault.Seed);
        var host = world.Current?.Host ?? 0;
        var connections = world.Network.Link(host, world.Downstairs[replica].Address).Connections.FindAll(static c => !c.IsOver);
        if (connections.Count == 0)
        {
            return;
        }

        world.Injector.Count(fault, replica, $"on the connection to replica {replica}");
        world.Injector.Hold(replica, NoticedWithin, static () => { });
        action(connections[^1], random);
    }

    private static byte[] Flip(byte[] bytes, SimulationRandom random)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }
}
