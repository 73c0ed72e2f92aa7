namespace Crucible.Simulation;

/// <summary>I7: queues, jobs and bytes stay within their limits, and nothing is held at the end.</summary>
internal sealed class LimitCheck(World world)
{
    /// <summary>Batches that may wait at a daemon: what its peers may have outstanding, and what they ask beside it.</summary>
    private const int MostArrived = 6000;

    public static void OnArrived(DownstairsNode node)
    {
        if (node.ArrivedCount > MostArrived)
        {
            throw new ViolationException("I7", $"{node.ArrivedCount} batches wait at replica {node.Replica}");
        }
    }

    public void OnTick(UpstairsNode node)
    {
        var core = node.Core;
        var settings = world.Plan.Limits;
        if (core.JobCount > settings.MostJobs)
        {
            throw new ViolationException("I7", $"{core.JobCount} jobs are in the table of {settings.MostJobs}");
        }

        if (core.HeldBytes > settings.MostHeldBytes)
        {
            throw new ViolationException("I7", $"{core.HeldBytes} bytes are held of at most {settings.MostHeldBytes}");
        }
    }

    public static void OnUpstairsGone(UpstairsNode node)
    {
        if (node.Core.JobCount != 0 || node.Core.HeldBytes != 0)
        {
            throw new ViolationException("I7", $"{node.Core.JobCount} jobs and {node.Core.HeldBytes} bytes are left of a volume that was closed");
        }
    }

    public void OnEnd()
    {
        if (world.Pool.Outstanding != 0)
        {
            throw new ViolationException("I7", $"{world.Pool.Outstanding} buffers were rented and never given back");
        }
    }
}
