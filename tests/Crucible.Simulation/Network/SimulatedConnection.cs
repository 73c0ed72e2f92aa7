namespace Crucible.Simulation;

/// <summary>One end of a connection: the process that has it, and what it does with what arrives.</summary>
internal interface IConnectionEnd
{
    SimulatedProcess Process { get; }

    void OnBytes(byte[] bytes);

    void OnEnded(string reason);
}

/// <summary>
/// A TCP connection: each direction keeps its order and loses nothing but at the end. An end whose process died, or that
/// closed, hears nothing any more; the other one is told unless the way is cut.
/// </summary>
internal sealed class SimulatedConnection(Scheduler scheduler, SimulationRandom random, SimulatedLink link)
{
    private readonly Pipe[] _pipes = [new(), new()];
    private readonly bool[] _gone = new bool[2];
    private readonly int[] _lives = new int[2];
    private readonly IConnectionEnd?[] _ends = new IConnectionEnd?[2];

    public SimulatedLink Link => link;

    /// <summary>Both ends are done with it.</summary>
    public bool IsOver => _gone[0] && _gone[1];

    /// <summary>Bytes sent and not arrived, towards the replica and from it.</summary>
    public int Waiting => _pipes[0].Messages.Count + _pipes[1].Messages.Count;

    /// <summary>What to change of the next bytes sent in a direction, if anything.</summary>
    public Func<byte[], byte[]>? Tamper { get; set; }

    public void Open(IConnectionEnd upstairs, IConnectionEnd downstairs)
    {
        // Index: who receives. Towards the replica the downstairs does.
        _ends[0] = downstairs;
        _ends[1] = upstairs;
        _lives[0] = downstairs.Process.Life;
        _lives[1] = upstairs.Process.Life;
    }

    /// <summary>Sends; one array arrives as one, but an array may hold many frames or part of one.</summary>
    public void Send(bool towardsReplica, byte[] bytes)
    {
        var direction = SimulatedLink.Towards(towardsReplica);
        if (_gone[1 - direction])
        {
            return;
        }

        if (Tamper is { } tamper)
        {
            Tamper = null;
            bytes = tamper(bytes);
        }

        Post(direction, new Message(bytes, null));
    }

    /// <summary>One end closes, or its process was killed: it hears nothing more, and the other end is told after what was sent.</summary>
    public void Close(bool byReplica, string reason)
    {
        var direction = SimulatedLink.Towards(!byReplica);
        if (_gone[1 - direction])
        {
            return;
        }

        _gone[1 - direction] = true;
        _pipes[1 - direction].Messages.Clear();
        Post(direction, new Message(null, reason));
    }

    /// <summary>The machine of one end lost its power: the other end hears nothing at all.</summary>
    public void Vanish(bool replica)
    {
        var receiver = SimulatedLink.Towards(replica);
        _gone[receiver] = true;
        _pipes[receiver].Messages.Clear();
        _pipes[1 - receiver].Messages.Clear();
    }

    /// <summary>The connection breaks for both ends; what was under way is lost.</summary>
    public void Reset()
    {
        for (var direction = 0; direction < 2; direction++)
        {
            _pipes[direction].Messages.Clear();
            if (!_gone[direction])
            {
                Post(direction, new Message(null, "connection reset"));
            }
        }
    }

    /// <summary>The way is free again.</summary>
    public void Resume()
    {
        for (var direction = 0; direction < 2; direction++)
        {
            Pump(direction);
        }
    }

    private void Post(int direction, in Message message)
    {
        var pipe = _pipes[direction];
        var at = scheduler.Now + (link.Latency + (link.Jitter * random.NextDouble()));
        pipe.LastArrival = at > pipe.LastArrival ? at : pipe.LastArrival;
        pipe.Messages.Enqueue(message with { Arrives = pipe.LastArrival });
        if (!pipe.IsPumping)
        {
            Pump(direction);
        }
    }

    private void Pump(int direction)
    {
        var pipe = _pipes[direction];
        if (pipe.IsPumping || link.Blocked[direction] || !pipe.Messages.TryPeek(out var next))
        {
            return;
        }

        pipe.IsPumping = true;
        var wait = next.Arrives > scheduler.Now ? next.Arrives - scheduler.Now : TimeSpan.Zero;
        scheduler.After(wait, () => Arrive(direction));
    }

    private void Arrive(int direction)
    {
        var pipe = _pipes[direction];
        pipe.IsPumping = false;
        while (!link.Blocked[direction] && pipe.Messages.TryPeek(out var next) && next.Arrives <= scheduler.Now)
        {
            pipe.Messages.Dequeue();
            if (!_gone[direction])
            {
                Deliver(direction, next);
            }
        }

        Pump(direction);
    }

    private void Deliver(int direction, Message message)
    {
        var end = _ends[direction]!;
        if (message.Bytes is { } bytes)
        {
            end.Process.Run(_lives[direction], () => HandIn(direction, end, bytes));
            return;
        }

        end.Process.Run(_lives[direction], () =>
        {
            if (!_gone[direction])
            {
                _gone[direction] = true;
                end.OnEnded(message.End!);
            }
        });
    }

    private void HandIn(int direction, IConnectionEnd end, byte[] bytes)
    {
        if (!_gone[direction])
        {
            end.OnBytes(bytes);
        }
    }

    private readonly record struct Message(byte[]? Bytes, string? End)
    {
        public Instant Arrives { get; init; }
    }

    private sealed class Pipe
    {
        public Queue<Message> Messages { get; } = new();

        public Instant LastArrival { get; set; }

        public bool IsPumping { get; set; }
    }
}
