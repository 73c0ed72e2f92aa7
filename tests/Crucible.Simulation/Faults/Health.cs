using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>What is wrong at this moment, as somebody sees it who sees everything.</summary>
internal sealed class Health(World world)
{
    /// <summary>Faults that hit a replica and have not ended.</summary>
    public int[] Faults { get; } = new int[ReplicaId.Count];

    /// <summary>Faults of upstairs that have not ended.</summary>
    public int UpstairsFaults { get; set; }

    /// <summary>More than one replica is bad, or the upstairs.</summary>
    public bool IsTroubled() => UpstairsFaults > 0 || world.Current is not { IsServing: true, Process.IsFrozen: false } || BadCount() > 1;

    /// <summary>Replicas that are bad.</summary>
    public int BadCount()
    {
        var count = 0;
        for (var replica = 0; replica < ReplicaId.Count; replica++)
        {
            count += IsBad(replica) ? 1 : 0;
        }

        return count;
    }

    /// <summary>A fault hits it, or it is not active since.</summary>
    public bool IsBad(int replica)
    {
        var node = world.Downstairs[replica];
        return Faults[replica] > 0 || !node.Process.IsRunning || node.Process.IsFrozen || node.Region is not { Faulted: false }
            || world.Damage.Owner == replica
            || world.Current is not { } upstairs || upstairs.Core.Replicas[replica].State != ReplicaState.Active;
    }

    public string Describe()
    {
        var text = "";
        for (var replica = 0; replica < ReplicaId.Count; replica++)
        {
            var seen = world.Current?.Core.Replicas[replica];
            text += $"{(replica > 0 ? "; " : "")}replica {replica} is {seen?.State} ({seen?.Cause}), {Faults[replica]} faults";
        }

        return world.Damage.IsAny ? $"{text}; {world.Damage.Describe()}" : text;
    }
}
