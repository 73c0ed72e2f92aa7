using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// Opens the volume read only, now and then, on whichever host and whoever writes beside it; reads a while, and closes it again.
/// </summary>
internal sealed class Reader(World world, SimulationRandom random)
{
    private const int MostTimes = 5;
    private const int MostReads = 30;
    private const uint MostBlocks = 6;

    private static readonly TimeSpan LooksAgainAfter = TimeSpan.FromMilliseconds(20);

    private UpstairsNode? _node;
    private int _left;

    public void Start()
    {
        for (var times = 1 + random.Next(MostTimes); times > 0; times--)
        {
            world.Scheduler.After(random.Between(TimeSpan.FromMilliseconds(100), world.Plan.Duration), Open);
        }
    }

    private void Open()
    {
        if (_node is { IsDead: false } || world.Injector.IsOver)
        {
            return;
        }

        _node = world.StartReader(random.Next(World.Hosts), random, new ReaderCheck(world.Checks.Sessions));
        _left = 1 + random.Next(MostReads);
        Look(_node);
    }

    private void Look(UpstairsNode node)
    {
        if (node.HasEnded || _left == 0 || world.Injector.IsOver)
        {
            node.Close();
        }
        else if (!node.IsServing)
        {
            world.Scheduler.After(LooksAgainAfter, () => Look(node));
        }
        else
        {
            Ask(node);
        }
    }

    private void Ask(UpstairsNode node)
    {
        _left--;
        var blocks = world.Plan.Geometry.TotalBlocks;
        var start = random.Below(blocks);
        var count = (uint)Math.Min(1 + random.Below(MostBlocks), blocks - start);
        world.Submit(node, world.Requests.Make(null, RequestKind.Read, start, count,
            _ => world.Scheduler.After(random.Spread(1, 200), () => Look(node))));
    }
}
