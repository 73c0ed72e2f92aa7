namespace Crucible.Simulation;

/// <summary>
/// I5: while at most one replica is bad and the upstairs is well, no request fails and none takes long. "Bad" lasts from the
/// first moment of a fault until the replica is active again, and a moment longer for what waited.
/// </summary>
internal sealed class PatienceCheck(World world)
{
    /// <summary>Longest wait: a replica that fell silent is noticed in about 1.6 s; what waited behind it then runs.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2.5);

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private Instant _troubledUntil = new(0);

    /// <summary>Looks whether more than one is bad now. Called on every change and every few milliseconds.</summary>
    public void Look()
    {
        if (world.Health.IsTroubled())
        {
            _troubledUntil = world.Scheduler.Now + Settling;
        }
    }

    public void OnCompleted(SimulatedRequest request, ErrorCode result)
    {
        Look();
        if (request.Asked <= _troubledUntil || !world.Plan.ChecksPatience
            || (result == ErrorCode.IntegrityError && world.Damage.MayHaveLostBlocks))
        {
            return;
        }

        world.Coverage.Count(Outcome.RequestsHeldToPatience);
        if (result != ErrorCode.None)
        {
            throw new ViolationException("I5", $"{request} failed with {result}, and at most one replica is bad: {world.Health.Describe()}");
        }

        if (world.Scheduler.Now - request.Asked > LongestWait)
        {
            throw new ViolationException("I5", $"{request} took {(world.Scheduler.Now - request.Asked).TotalSeconds:0.00} s, "
                + $"and at most one replica is bad: {world.Health.Describe()}");
        }
    }
}
