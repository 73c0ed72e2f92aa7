namespace Crucible.Simulation;

/// <summary>The upstairs' side of one replica: the connection that its core knows of.</summary>
internal sealed class UpstairsLink(UpstairsNode node, ReplicaId replica)
{
    private readonly List<byte[]> _unsent = [];
    private int _order;

    public ReplicaId Replica { get; } = replica;

    /// <summary>Whom it connects to.</summary>
    public DownstairsNode Target { get; set; } = node.World.Downstairs[replica.Value];

    /// <summary>Null without one.</summary>
    public SimulatedConnection? Connection { get; private set; }

    /// <summary>Connects after a while, unless it is told otherwise by then.</summary>
    public void ConnectAfter(TimeSpan delay)
    {
        var order = ++_order;
        node.Process.After(delay, () =>
        {
            if (order == _order)
            {
                var end = new End(this, node);
                node.World.Network.Connect(node.Host, Target.Address, node.Process, end, (connection, problem) => OnConnected(order, connection, problem));
            }
        });
    }

    /// <summary>Puts a frame behind those that wait.</summary>
    public void Enqueue(byte[] frame)
    {
        if (Connection is not null)
        {
            _unsent.Add(frame);
        }
    }

    public void Flush()
    {
        foreach (var frame in _unsent)
        {
            Connection?.Send(towardsReplica: true, frame);
        }

        _unsent.Clear();
    }

    /// <summary>The core gives the connection up.</summary>
    public void Drop(string reason)
    {
        _order++;
        Flush();
        Connection?.Close(byReplica: false, reason);
        Connection = null;
    }

    /// <summary>Bytes the upstairs wrote and its peer has not got.</summary>
    public int WaitingMessages => Connection?.Waiting ?? 0;

    private void OnConnected(int order, SimulatedConnection? connection, string problem)
    {
        if (order != _order)
        {
            connection?.Close(byReplica: false, "not wanted any more");
            return;
        }

        Connection = connection;
        node.OnConnected(this, problem);
    }

    private sealed class End(UpstairsLink link, UpstairsNode node) : IConnectionEnd
    {
        private readonly FrameReader _frames = new();
        private readonly int _order = link._order;

        public SimulatedProcess Process => node.Process;

        public void OnBytes(byte[] bytes)
        {
            if (_order == link._order)
            {
                _frames.Add(bytes);
                node.OnBytes(link, _frames, () => _order == link._order);
            }
        }

        public void OnEnded(string reason)
        {
            if (_order == link._order)
            {
                link.Connection = null;
                link._unsent.Clear();
                node.OnDisconnected(link, reason);
            }
        }
    }
}
