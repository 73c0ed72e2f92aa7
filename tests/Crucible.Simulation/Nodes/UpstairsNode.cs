using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// One activation of one upstairs process: a thin engine round the shipping core, of one thread. What the core wants sent
/// leaves, and requests are told, once each event is done.
/// </summary>
internal sealed class UpstairsNode
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(25);

    private readonly UpstairsOutput _output;
    private bool _dead;

    /// <param name="world">Where it is.</param>
    /// <param name="number">Counts the upstairs.</param>
    /// <param name="host">Which machine it runs on.</param>
    /// <param name="random">For its ids.</param>
    /// <param name="readOnly">It takes nothing over, and only reads.</param>
    public UpstairsNode(World world, int number, int host, SimulationRandom random, bool readOnly = false)
    {
        World = world;
        Number = number;
        Host = host;
        IsReadOnly = readOnly;
        Name = readOnly ? $"reader {number}" : $"upstairs {number}";
        Process = new SimulatedProcess(world.Scheduler, _ => OnDied());
        Links = [new(this, new ReplicaId(0)), new(this, new ReplicaId(1)), new(this, new ReplicaId(2))];
        var session = new SessionId(random.NextGuid());
        Log = new SessionLog(number, session, world.Plan.Geometry.TotalBlocks);
        _output = new UpstairsOutput(this);
        Core = new UpstairsCore(world.Plan.Settings(new UpstairsId(random.NextGuid()), session) with { ReadOnly = readOnly }, _output);
    }

    public World World { get; }

    public int Number { get; }

    public int Host { get; }

    public string Name { get; }

    public SimulatedProcess Process { get; }

    public UpstairsCore Core { get; }

    public UpstairsLink[] Links { get; }

    public bool IsReadOnly { get; }

    /// <summary>What it may see, where it reads while others write.</summary>
    public ReaderCheck? MaySee { get; init; }

    /// <summary>What the checker knows of this activation.</summary>
    public SessionLog Log { get; }

    /// <summary>It serves guests, as far as can be seen from outside.</summary>
    public bool IsServing => !_dead && Core.State == VolumeState.Active;

    /// <summary>It will serve nobody any more.</summary>
    public bool HasEnded => _dead || Core.State is not (VolumeState.Active or VolumeState.Activating);

    public bool IsDead => _dead;

    public void Start()
    {
        Process.Begin();
        Do(() => Core.Start(World.Scheduler.Now));
        Process.After(TickInterval, Tick);
    }

    /// <summary>The operator lets another machine take a replica's place.</summary>
    public void Replace(DownstairsNode by)
    {
        var replica = new ReplicaId((byte)by.Replica);
        var cause = $"{by.Name} takes the place of {Links[by.Replica].Target.Name}";
        Links[by.Replica].Target = by;
        Do(() => Core.Replace(replica, cause, World.Scheduler.Now));
    }

    /// <summary>A guest asks for something.</summary>
    public void Submit(SimulatedRequest request) => Process.Run(Process.Life, () =>
    {
        request.WasTaken = true;
        Do(() => Core.Submit(request, World.Scheduler.Now));
    });

    /// <summary>A scrub runs.</summary>
    public bool IsScrubbing => Core.ScrubAt(World.Scheduler.Now) is { IsRunning: true };

    /// <summary>Begins a scrub of the whole volume, as fast as may be.</summary>
    /// <returns>Null; else why not.</returns>
    public string? BeginScrub()
    {
        string? problem = null;
        Do(() => problem = Core.BeginScrub(1L << 30, World.Scheduler.Now));
        return problem;
    }

    /// <summary>Closes the volume cleanly.</summary>
    public void Close() => Process.Run(Process.Life, () =>
    {
        Do(() => Core.Close(World.Scheduler.Now));
        Kill("closed");
    });

    /// <summary>Kill -9: nobody is told; what it held is nobody's.</summary>
    public void Kill(string why)
    {
        if (_dead)
        {
            return;
        }

        if (World.Story.IsOn)
        {
            World.Story.Tell(Name, $"is gone: {why}");
        }

        Process.Die();
        OnDied();
    }

    public void OnConnected(UpstairsLink link, string problem)
    {
        if (link.Connection is null)
        {
            Do(() => Core.OnDisconnected(link.Replica, problem, World.Scheduler.Now));
        }
        else
        {
            Do(() => Core.OnConnected(link.Replica, World.Scheduler.Now));
        }
    }

    public void OnDisconnected(UpstairsLink link, string reason) =>
        Do(() => Core.OnDisconnected(link.Replica, reason, World.Scheduler.Now));

    public void OnBytes(UpstairsLink link, FrameReader frames, Func<bool> isWanted)
    {
        World.Story.Mark(TraceMark.Arrived, 10 + (ulong)Number, link.Replica.Value);
        Do(() =>
        {
            try
            {
                while (isWanted() && frames.TryTake(out var header, out var payload))
                {
                    Core.OnHeard(link.Replica, World.Scheduler.Now);
                    UpstairsDispatch.Take(this, link, header, payload);
                }
            }
            catch (ProtocolViolationException e)
            {
                World.Coverage.Count(Outcome.ViolationsSeenByUpstairs);
                link.Drop(e.Message);
                Core.OnDisconnected(link.Replica, $"broke the protocol: {e.Message}", World.Scheduler.Now);
            }
        });
    }

    private void Tick()
    {
        Do(() => Core.OnTick(World.Scheduler.Now));
        World.Checks.Limits.OnTick(this);
        if (!HasEnded)
        {
            Process.After(TickInterval, Tick);
        }
    }

    private void Do(Action action)
    {
        action();
        foreach (var link in Links)
        {
            link.Flush();
        }

        _output.TellCompleted();
    }

    private void OnDied()
    {
        _dead = true;
        _output.IsMuted = true;
        foreach (var link in Links)
        {
            link.Drop("connection reset");
        }

        // Gives back the buffers that the process held; nobody hears of it.
        Core.Close(World.Scheduler.Now);
        World.Story.Mark(TraceMark.Process, 10 + (ulong)Number);
        LimitCheck.OnUpstairsGone(this);
        World.OnUpstairsGone(this);
    }
}
