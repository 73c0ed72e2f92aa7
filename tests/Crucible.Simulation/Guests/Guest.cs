using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// One user of the volume: several requests at a time, each followed by a moment of thought. It stays with its upstairs until
/// that is gone or fails it for good; with a later one it may go at once.
/// </summary>
internal sealed class Guest(World world, int number, GuestHabits habits, SimulationRandom random)
{
    private static readonly TimeSpan LooksAgainAfter = TimeSpan.FromMilliseconds(20);

    private UpstairsNode? _home;

    public int Number { get; } = number;

    public void Start()
    {
        for (var slot = 0; slot < habits.Depth; slot++)
        {
            Think();
        }
    }

    public void OnCompleted(UpstairsNode by, ErrorCode result)
    {
        if (result is ErrorCode.Superseded or ErrorCode.Closed or ErrorCode.ReadOnly || by.HasEnded)
        {
            _home = null;
        }

        Think();
    }

    private void Think() => world.Scheduler.After(random.Spread(habits.ThinkMilliseconds / 10, habits.ThinkMilliseconds * 2), Ask);

    private void Ask()
    {
        if (!world.TakesRequests)
        {
            return;
        }

        if (_home is null || _home.IsDead || (_home != world.Current && random.Chance(0.05)))
        {
            _home = world.Current is { IsServing: true } ? world.Current : null;
        }

        if (_home is null)
        {
            world.Scheduler.After(LooksAgainAfter, Ask);
            return;
        }

        world.Submit(_home, Make());
    }

    private SimulatedRequest Make()
    {
        var kind = random.Next(100) switch
        {
            var n when n < habits.ReadPercent => RequestKind.Read,
            var n when n < habits.ReadPercent + habits.FlushPercent => RequestKind.Flush,
            var n when n < habits.ReadPercent + habits.FlushPercent + 4 => RequestKind.WriteZeroes,
            var n when n < habits.ReadPercent + habits.FlushPercent + 7 => RequestKind.Discard,
            _ => RequestKind.Write,
        };
        if (kind == RequestKind.Flush)
        {
            return world.Requests.Make(this, kind, 0, 0);
        }

        if (kind == RequestKind.Read && world.Plan.AsksForStates && world.Requests.Count % 4 == 0)
        {
            kind = RequestKind.ReadStates;
        }

        var blocks = world.Plan.Geometry.TotalBlocks;
        var count = 1 + random.Below(random.Chance(0.2) ? (ulong)habits.MostBlocks : 2);
        var start = random.Below(random.Chance(0.5) ? Math.Min(8, blocks) : blocks);
        return world.Requests.Make(this, kind, start, (uint)Math.Min(count, blocks - start));
    }
}

/// <summary>What a guest is like.</summary>
internal sealed record GuestHabits(int Depth, double ThinkMilliseconds, int ReadPercent, int FlushPercent, int MostBlocks);
