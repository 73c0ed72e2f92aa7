using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>All that is checked while a life runs.</summary>
internal sealed class Checks(World world)
{
    private readonly List<SessionLog> _sessions = [];

    public FencingCheck Fencing { get; } = new();

    public DurabilityCheck Durability { get; } = new(world);

    public LimitCheck Limits { get; } = new(world);

    public PatienceCheck Patience { get; } = new(world);

    /// <summary>The sessions that served, in the order in which they began to.</summary>
    public IReadOnlyList<SessionLog> Sessions => _sessions;

    public void OnActive(UpstairsNode node)
    {
        var generation = node.Core.Generation;
        Fencing.OnActive(node.Log, generation);
        SessionLog? before = null;
        foreach (var session in _sessions)
        {
            if (session.Generation < generation && (before is null || session.Generation > before.Generation))
            {
                before = session;
            }
        }

        node.Log.Begin(generation, before);
        _sessions.Add(node.Log);
    }

    public static void OnSubmitted(UpstairsNode node, SimulatedRequest request)
    {
        if (request.Kind.IsRead())
        {
            request.MustSee = new int[request.BlockCount];
            for (uint i = 0; i < request.BlockCount; i++)
            {
                request.MustSee[i] = node.Log.MustSee(request.Start + i);
            }
        }
    }

    public void OnCompleted(UpstairsNode node, SimulatedRequest request, ErrorCode result)
    {
        if (request.Outcome is not null)
        {
            throw new ViolationException("I10", $"{request} was answered twice");
        }

        request.Outcome = result;
        if (node == world.Current)
        {
            Patience.OnCompleted(request, result);
        }

        if (result != ErrorCode.None)
        {
            return;
        }

        if (node.MaySee is { } maySee)
        {
            world.Coverage.Count(Outcome.ReadsOfReaders);
            maySee.Check(world.Plan.Geometry, request);
            return;
        }

        switch (request.Kind)
        {
            case RequestKind.Read:
                ReadCheck.Check(world, node.Log, request);
                break;
            case RequestKind.ReadStates:
                ReadCheck.CheckStates(world, node.Log, request);
                break;
            case RequestKind.Flush:
                Durability.OnFlushed(node, request.FirstJob);
                node.Log.Acknowledged(request.LastChange, held: false);
                break;
            default:
                OnChanged(node.Log, request);
                break;
        }
    }

    /// <summary>Some replica lost, or may have lost, what was not synced.</summary>
    public void OnLoss() => _sessions.ForEach(static session => session.ForgetHeld());

    private void OnChanged(SessionLog log, SimulatedRequest request)
    {
        for (var i = request.LastChange - request.JobCount + 1; i <= request.LastChange; i++)
        {
            var change = log.Changes[i];
            for (ulong block = 0; block < change.BlockCount; block++)
            {
                log.Saw(change.Start + block, i);
            }
        }

        // Asked before the last loss, it may have been done before it too, and its answer have waited in a socket.
        if (world.Plan.Ack == AckMode.Quorum && request.Asked > world.LastLoss)
        {
            log.Acknowledged(request.LastChange, held: true);
        }
    }
}
