namespace Crucible.Simulation;

/// <summary>One seed, from the first activation to the last comparison.</summary>
internal static class Life
{
    [ThreadStatic]
    private static BlockBufferPool? _pool;

    public static LifeResult Run(ulong seed, LifeOptions options)
    {
        var plan = new LifePlan(seed);

        // Buffers are kept from life to life; none of what they held matters, for each is overwritten before it is read.
        _pool ??= new BlockBufferPool();
        var world = new World(plan, options, _pool);
        ViolationException? violation = null;
        try
        {
            Live(world);
        }
        catch (ViolationException e)
        {
            violation = e;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            violation = new ViolationException("bug", $"{e.GetType().Name}: {e.Message}{Environment.NewLine}{FirstLines(e.StackTrace)}");
        }

        if (violation is not null)
        {
            _pool = null;
        }

        world.Coverage.Count(Outcome.StatesLeftOpen, world.Checks.Sessions.Count(static session => session.Base.Count > 1));
        return new LifeResult(
            plan, violation?.Invariant, violation?.Message, world.Story.Lines, world.Story.Hash, world.Coverage,
            world.Scheduler.Now - new Instant(TimeSpan.TicksPerSecond), world.Scheduler.Steps)
        {
            FiredFaults = [.. world.Injector.Fired],
        };
    }

    private static string FirstLines(string? trace) => string.Join(Environment.NewLine, (trace ?? "").Split(Environment.NewLine).Take(6));

    private static void Live(World world)
    {
        var random = world.Random.Fork(4);
        foreach (var node in world.Downstairs)
        {
            node.MakeRegion(random.NextGuid());
            node.Start();
        }

        world.StartUpstairs(0);
        world.Scheduler.After(TimeSpan.Zero, world.Operator.Start);
        world.Injector.Start();
        foreach (var guest in world.Guests)
        {
            guest.Start();
        }

        if (world.Plan.HasReader)
        {
            new Reader(world, world.Random.Fork(8)).Start();
        }

        RunUntil(world, world.Plan.Duration, static _ => false);
        RunUntil(world, world.Plan.Duration * 3, static w => w.Coverage.FaultCount >= LifePlan.LeastFaults);
        Ending.Run(world);
    }

    /// <summary>Lets time go by until it is over or something is so.</summary>
    /// <returns>Whether it is so.</returns>
    internal static bool RunUntil(World world, TimeSpan length, Func<World, bool> isSo)
    {
        var end = world.Scheduler.Now + length;
        while (!isSo(world))
        {
            if (!world.Scheduler.Step(end))
            {
                return isSo(world);
            }
        }

        return true;
    }
}

/// <summary>How a life went.</summary>
/// <param name="Plan">What the seed decided.</param>
/// <param name="Invariant">What was broken; null: nothing.</param>
/// <param name="Problem">How.</param>
/// <param name="Lines">The story, where it was told.</param>
/// <param name="Hash">The same for every run of the seed.</param>
/// <param name="Coverage">What happened.</param>
/// <param name="Lived">Virtual time.</param>
/// <param name="Steps">Events.</param>
internal sealed record LifeResult(
    LifePlan Plan, string? Invariant, string? Problem, IReadOnlyList<string> Lines, ulong Hash, Coverage Coverage, TimeSpan Lived, ulong Steps)
{
    /// <summary>Numbers of the faults that fired, ascending.</summary>
    public required IReadOnlyList<int> FiredFaults { get; init; }

    public bool IsGood => Invariant is null;

    /// <summary>Faults that fired.</summary>
    public long FaultCount => Coverage.FaultCount;
}
