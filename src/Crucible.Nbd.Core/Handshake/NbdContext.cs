namespace Crucible.Nbd;

/// <summary>The kinds of block status; the numbers are their ids on the wire.</summary>
public enum NbdContext : uint
{
    /// <summary>
    /// <c>base:allocation</c>. Bit 0: a hole, takes no space. Bit 1: reads as zeroes. Never written or discarded: both; made
    /// zeroes: bit 1; data: none.
    /// </summary>
    Allocation = 1,

    /// <summary>
    /// <c>crucible:replicas</c>: how the three replicas that hold a range are. Bits 0 to 2: replica 0 to 2 is active and in
    /// sync. Bits 8 to 10: replica 0 to 2 is being repaired. Neither: it is away, or not compared yet.
    /// </summary>
    Replicas = 2,
}

/// <summary>The names of contexts, and the queries that find them.</summary>
public static class NbdContexts
{
    /// <summary>All contexts, in the order in which they are told.</summary>
    public static IReadOnlyList<NbdContext> All { get; } = [NbdContext.Allocation, NbdContext.Replicas];

    /// <summary>The name on the wire.</summary>
    public static ReadOnlySpan<byte> NameOf(NbdContext context) =>
        context == NbdContext.Allocation ? "base:allocation"u8 : "crucible:replicas"u8;

    /// <summary>Whether a query lists the context: its name, or its namespace with nothing behind the colon.</summary>
    public static bool Lists(ReadOnlySpan<byte> query, NbdContext context)
    {
        var name = NameOf(context);
        return query.SequenceEqual(name) || query.SequenceEqual(name[..(name.IndexOf((byte)':') + 1)]);
    }

    /// <summary>Whether a query selects the context: its exact name.</summary>
    public static bool Selects(ReadOnlySpan<byte> query, NbdContext context) => query.SequenceEqual(NameOf(context));
}

/// <summary>The bits of a descriptor's status.</summary>
[Flags]
public enum NbdBlockState : uint
{
    /// <summary><c>base:allocation</c>: data.</summary>
    Data = 0,

    /// <summary><c>base:allocation</c>: takes no space.</summary>
    Hole = 1 << 0,

    /// <summary><c>base:allocation</c>: reads as zeroes.</summary>
    Zero = 1 << 1,
}
