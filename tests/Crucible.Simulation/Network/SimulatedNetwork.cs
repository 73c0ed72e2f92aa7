namespace Crucible.Simulation;

/// <summary>What listens on a machine.</summary>
internal interface IListener
{
    SimulatedProcess Process { get; }

    /// <summary>The machine has power, so its kernel answers.</summary>
    bool HasPower { get; }

    IConnectionEnd Accept(SimulatedConnection connection);
}

/// <summary>The ways between the hosts of upstairs and the machines of replicas, each of which has an address.</summary>
internal sealed class SimulatedNetwork
{
    /// <summary>As long as the real engine waits for a connection.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly Scheduler _scheduler;
    private readonly SimulationRandom _random;
    private readonly int _hosts;
    private readonly List<SimulatedLink> _links = [];
    private readonly List<IListener> _listeners = [];

    public SimulatedNetwork(Scheduler scheduler, SimulationRandom random, int hosts, IListener[] listeners)
    {
        _scheduler = scheduler;
        _random = random;
        _hosts = hosts;
        foreach (var listener in listeners)
        {
            Add(listener);
        }
    }

    /// <summary>The address that the next machine gets.</summary>
    public int NextAddress => _listeners.Count;

    /// <summary>Another machine, at <see cref="NextAddress"/>.</summary>
    public void Add(IListener listener)
    {
        for (var host = 0; host < _hosts; host++)
        {
            _links.Add(new SimulatedLink(host, _listeners.Count));
        }

        _listeners.Add(listener);
    }

    public SimulatedLink Link(int host, int address) => _links[(address * _hosts) + host];

    /// <summary>Connects; <paramref name="result"/> hears of the connection, or why there is none.</summary>
    public void Connect(int host, int address, SimulatedProcess process, IConnectionEnd end, Action<SimulatedConnection?, string> result)
    {
        var link = Link(host, address);
        var listener = _listeners[address];
        if (link.Blocked[0] || link.Blocked[1] || !listener.HasPower)
        {
            process.After(ConnectTimeout, () => result(null, $"no connection within {ConnectTimeout.TotalSeconds:0} s"));
            return;
        }

        var there = link.Latency + (link.Jitter * _random.NextDouble());
        var life = process.Life;
        _scheduler.After(there, () =>
        {
            if (!listener.HasPower || !listener.Process.IsRunning)
            {
                process.Run(life, () => result(null, "connection refused"));
                return;
            }

            // A frozen process accepts too: its kernel does.
            var connection = new SimulatedConnection(_scheduler, _random, link);
            connection.Open(end, listener.Accept(connection));
            link.Connections.RemoveAll(static c => c.IsOver);
            link.Connections.Add(connection);
            if (process.Life != life)
            {
                connection.Close(byReplica: false, "the upstairs is gone");
                return;
            }

            process.Run(life, () => result(connection, ""));
        });
    }

    /// <summary>The process at an address was killed: its kernel closes its connections.</summary>
    public void CloseFrom(int address, string reason)
    {
        foreach (var link in _links)
        {
            if (link.Address == address)
            {
                link.Connections.ForEach(c => c.Close(byReplica: true, reason));
            }
        }
    }

    /// <summary>The machine at an address is without power: its connections are gone and nobody is told.</summary>
    public void Vanish(int address)
    {
        foreach (var link in _links)
        {
            if (link.Address == address)
            {
                link.Connections.ForEach(static c => c.Vanish(replica: true));
            }
        }
    }

    /// <summary>The machine at an address has power again: whoever still believes in an old connection is told that it is none.</summary>
    public void Return(int address)
    {
        foreach (var link in _links)
        {
            if (link.Address == address)
            {
                link.Connections.ForEach(static c => c.Reset());
            }
        }
    }

    /// <summary>Blocks or frees directions of a link.</summary>
    public void Block(int host, int address, bool towards, bool from)
    {
        var link = Link(host, address);
        link.Blocked[0] = towards;
        link.Blocked[1] = from;
        foreach (var connection in link.Connections.ToArray())
        {
            connection.Resume();
        }
    }
}
