using Crucible.Integration.Tests.Faults.Rig;

namespace Crucible.Integration.Tests.Faults.Kinds;

/// <summary>Something bad that happens to one replica.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Home">Where it can happen.</param>
/// <param name="Limit">The longest pause that a guest may see (I5), the machine's own stalls not counted.</param>
/// <param name="InflictAsync">Does it to a replica, lets it last, and ends it.</param>
internal sealed record ReplicaFault(string Name, RigKind Home, TimeSpan Limit, Func<FaultRig, int, TimeSpan, Task> InflictAsync)
{
    /// <summary>The replica's data is damaged where it lies: a scrub finds what no read came upon.</summary>
    public bool DamagesData { get; init; }

    public override string ToString() => Name;
}

/// <summary>Which rig a fault needs.</summary>
internal enum RigKind
{
    /// <summary>The volume speaks to the daemons themselves.</summary>
    Direct,

    /// <summary>Connections go through proxies.</summary>
    Proxied,

    /// <summary>Each region has a small file system of its own.</summary>
    SmallDisks,
}
