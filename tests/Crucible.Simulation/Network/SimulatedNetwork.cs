namespace Crucible.Simulation;

/// <summary>What listens on a replica's machine.</summary>
internal interface IListener
{
    SimulatedProcess Process { get; }

    /// <summary>The machine has power, so its kernel answers.</summary>
    bool HasPower { get; }

    IConnectionEnd Accept(SimulatedConnection connection);
}

/// <summary>The ways between the hosts of upstairs and the machines of the replicas.</summary>
internal sealed class SimulatedNetwork
{
    /// <summary>As long as the real engine waits for a connection.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly Scheduler _scheduler;
    private readonly SimulationRandom _random;
    private readonly SimulatedLink[,] _links;
    private readonly IListener[] _listeners;

    public SimulatedNetwork(Scheduler scheduler, SimulationRandom random, int hosts, IListener[] listeners)
    {
        _scheduler = scheduler;
        _random = random;
        _listeners = listeners;
        _links = new SimulatedLink[hosts, listeners.Length];
        for (var host = 0; host < hosts; host++)
        {
            for (var replica = 0; replica < listeners.Length; replica++)
            {
                _links[host, replica] = new SimulatedLink(host, replica);
            }
        }
    }

    public SimulatedLink Link(int host, int replica) => _links[host, replica];

    /// <summary>Connects; <paramref name="result"/> hears of the connection, or why there is none.</summary>
    public void Connect(int host, int replica, SimulatedProcess process, IConnectionEnd end, Action<SimulatedConnection?, string> result)
    {
        var link = _links[host, replica];
        var listener = _listeners[replica];
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

    /// <summary>The replica's process was killed: its kernel closes its connections.</summary>
    public void CloseFrom(int replica, string reason)
    {
        foreach (var link in _links)
        {
            if (link.Replica == replica)
            {
                link.Connections.ForEach(c => c.Close(byReplica: true, reason));
            }
        }
    }

    /// <summary>A replica's machine is without power: its connections are gone and nobody is told.</summary>
    public void Vanish(int replica)
    {
        foreach (var link in _links)
        {
            if (link.Replica == replica)
            {
                link.Connections.ForEach(static c => c.Vanish(replica: true));
            }
        }
    }

    /// <summary>A replica's machine has power again: whoever still believes in an old connection is told that it is none.</summary>
    public void Return(int replica)
    {
        foreach (var link in _links)
        {
            if (link.Replica == replica)
            {
                link.Connections.ForEach(static c => c.Reset());
            }
        }
    }

    /// <summary>Blocks or frees directions of a link.</summary>
    public void Block(int host, int replica, bool towards, bool from)
    {
        var link = _links[host, replica];
        link.Blocked[0] = towards;
        link.Blocked[1] = from;
        foreach (var connection in link.Connections.ToArray())
        {
            connection.Resume();
        }
    }
}
