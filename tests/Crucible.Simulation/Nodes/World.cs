using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>Everything of one life: a clock, a network, three machines, upstairs, guests, and whoever checks them.</summary>
internal sealed class World
{
    /// <summary>Machines that upstairs run on.</summary>
    public const int Hosts = 2;

    private readonly SimulationRandom _upstairsRandom;

    public World(LifePlan plan, LifeOptions options, BlockBufferPool pool)
    {
        Plan = plan;
        Options = options;
        Pool = pool;
        Random = new SimulationRandom(SimulationRandom.Mix(plan.Seed));
        _upstairsRandom = Random.Fork(1);
        Story = new Teller(Scheduler, options.Tells);
        Checks = new Checks(this);
        Health = new Health(this);
        Damage = new DamageBudget(this);
        Requests = new RequestFactory(this);
        Downstairs = [new(this, 0, 0), new(this, 1, 1), new(this, 2, 2)];
        Network = new SimulatedNetwork(Scheduler, Random.Fork(2), Hosts, [.. Downstairs]);
        Operator = new Operator(this);
        Injector = new FaultInjector(this);
        Moments = new Moments(this);
        Guests = [.. plan.Guests.Select((habits, i) => new Guest(this, i, habits, Random.Fork(200 + (ulong)i)))];
    }

    public LifePlan Plan { get; }

    public LifeOptions Options { get; }

    public SimulationRandom Random { get; }

    public Scheduler Scheduler { get; } = new();

    public BlockBufferPool Pool { get; }

    public Teller Story { get; }

    public Coverage Coverage { get; } = new();

    public Checks Checks { get; }

    public Health Health { get; }

    public DamageBudget Damage { get; }

    public FrameWriter Writer { get; } = new();

    public RequestFactory Requests { get; }

    public SimulatedNetwork Network { get; }

    /// <summary>The three whose addresses the operator gives to whoever opens the volume.</summary>
    public DownstairsNode[] Downstairs { get; }

    /// <summary>Those whose place another one took.</summary>
    public List<DownstairsNode> Replaced { get; } = [];

    public IEnumerable<DownstairsNode> AllDownstairs => Downstairs.Concat(Replaced);

    public Operator Operator { get; }

    public FaultInjector Injector { get; }

    public Moments Moments { get; }

    public Guest[] Guests { get; }

    /// <summary>All upstairs that were ever started and are not gone.</summary>
    public List<UpstairsNode> Upstairs { get; } = [];

    /// <summary>The one started last: where guests go.</summary>
    public UpstairsNode? Current { get; private set; }

    /// <summary>Guests may ask.</summary>
    public bool TakesRequests { get; set; } = true;

    /// <summary>Requests asked and not answered.</summary>
    public List<(UpstairsNode At, SimulatedRequest Request)> Outstanding { get; } = [];

    /// <summary>When something unsynced was last lost.</summary>
    public Instant LastLoss { get; private set; }

    /// <summary>Starts another upstairs; guests go to it once it serves.</summary>
    public UpstairsNode StartUpstairs(int host)
    {
        Current = new UpstairsNode(this, Operator.UpstairsStarted++, host, _upstairsRandom);
        Upstairs.Add(Current);
        Checks.Patience.Look();
        if (Story.IsOn)
        {
            Story.Tell(Current.Name, $"starts on host {host}");
        }

        Current.Start();
        return Current;
    }

    /// <summary>Opens the volume read only, beside whoever writes.</summary>
    /// <param name="host">On which machine.</param>
    /// <param name="random">For its ids.</param>
    /// <param name="maySee">What it may see while others write; null: nobody does.</param>
    public UpstairsNode StartReader(int host, SimulationRandom random, ReaderCheck? maySee)
    {
        var node = new UpstairsNode(this, Operator.UpstairsStarted++, host, random, readOnly: true) { MaySee = maySee };
        if (Story.IsOn)
        {
            Story.Tell(node.Name, $"starts on host {host}");
        }

        node.Start();
        return node;
    }

    public void Submit(UpstairsNode at, SimulatedRequest request)
    {
        if (Requests.Count > Options.MostRequests)
        {
            TakesRequests = false;
        }

        Crucible.Simulation.Checks.OnSubmitted(at, request);
        Outstanding.Add((at, request));
        at.Submit(request);
    }

    public void OnCompleted(UpstairsNode by, SimulatedRequest request, ErrorCode result)
    {
        Story.Mark(TraceMark.Completed, (ulong)request.Number, (ulong)result);
        Outstanding.RemoveAll(one => one.Request == request);
        Coverage.Count(result == ErrorCode.None ? Outcome.RequestsDone : Outcome.RequestsFailed);
        if (Story.IsOn)
        {
            Story.Tell(by.Name, $"{request} {Describe(by, request, result)}");
        }

        Checks.OnCompleted(by, request, result);
        if (request.Then is { } then)
        {
            then(request);
        }
        else
        {
            request.Guest?.OnCompleted(by, result);
        }
    }

    public void OnUpstairsGone(UpstairsNode node)
    {
        Upstairs.Remove(node);
        Checks.Patience.Look();
        foreach (var (at, request) in Outstanding.ToArray())
        {
            if (at == node)
            {
                Outstanding.Remove((at, request));
                if (!request.WasTaken)
                {
                    request.DropPieces();
                }

                request.Then?.Invoke(request);
                request.Guest?.OnCompleted(node, ErrorCode.Closed);
            }
        }
    }

    public void OnDownstairsDied(DownstairsNode node) => Checks.Patience.Look();

    public void OnReplicaChanged(UpstairsNode node, ReplicaId replica, ReplicaState from, ReplicaState to, string cause)
    {
        Story.Mark(TraceMark.ReplicaChanged, replica.Value, (ulong)to);
        if (!node.IsReadOnly)
        {
            Coverage.OnReplicaChanged(from, to);
        }

        if (Story.IsOn)
        {
            Story.Tell(node.Name, $"replica {replica}: {from} → {to}: {cause}");
        }

        if (node == Current)
        {
            Checks.Patience.Look();
            Moments.OnReplicaChanged(replica, from, to);
        }
    }

    public void OnVolumeChanged(UpstairsNode node, VolumeState state, VolumeFailure failure, string cause)
    {
        Story.Mark(TraceMark.VolumeChanged, (ulong)node.Number, (ulong)state);
        if (!node.IsReadOnly)
        {
            Coverage.OnVolumeChanged(state, failure, cause);
        }

        if (Story.IsOn)
        {
            Story.Tell(node.Name, $"volume is {state}{(state == VolumeState.Active ? $" under generation {node.Core.Generation}" : $" ({failure}): {cause}")}");
        }

        if (state == VolumeState.Active && node.IsReadOnly)
        {
            Coverage.Count(Outcome.ReadersServed);
        }
        else if (state == VolumeState.Active)
        {
            Checks.OnActive(node);
        }

        Checks.Patience.Look();
    }

    /// <summary>Something unsynced, or more, was lost somewhere.</summary>
    public void OnLoss()
    {
        LastLoss = Scheduler.Now;
        Checks.OnLoss();
    }

    private static string Describe(UpstairsNode by, SimulatedRequest request, ErrorCode result)
    {
        var jobs = request.JobCount > 0 ? $" (jobs {request.FirstJob}+{request.JobCount})" : "";
        if (result != ErrorCode.None)
        {
            return $"fails with {result}{jobs}";
        }

        var values = request.Kind switch
        {
            RequestKind.Read => " = " + string.Join(" ", BlocksOf(by, request)),
            RequestKind.ReadStates => " = " + string.Join(" ", request.States),
            RequestKind.Write => " := " + string.Join(" ", request.Stamps),
            _ => "",
        };
        return $"is done{values}{jobs}";
    }

    private static IEnumerable<ulong> BlocksOf(UpstairsNode by, SimulatedRequest request)
    {
        var size = (int)by.World.Plan.Geometry.BlockSizeBytes;
        for (uint i = 0; i < request.BlockCount; i++)
        {
            yield return BlockStamp.Read(request.Data.AsSpan((int)i * size, size), request.Start + i);
        }
    }
}
