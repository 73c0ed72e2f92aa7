using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>What the core knows of one connection. Made by <see cref="DownstairsCore.Connect"/>; only the core changes it.</summary>
public sealed class Peer
{
    internal Peer(ConnectionId id, object? tag)
    {
        Id = id;
        Tag = tag;
    }

    public ConnectionId Id { get; }

    /// <summary>The engine's own object for this connection; the core never looks at it.</summary>
    public object? Tag { get; }

    public ConnectionState State { get; private set; } = ConnectionState.Greeting;

    /// <summary>The version both sides speak; meaningful once greeted.</summary>
    public ProtocolVersion Version { get; internal set; }

    /// <summary>The activation that greeted.</summary>
    public SessionId Session { get; internal set; }

    /// <summary>The generation it took over with; none before.</summary>
    public Generation Generation { get; internal set; }

    /// <summary>
    /// The last job of this generation that the region held when the connection took over: what comes at or below it is
    /// a replay of what was done already.
    /// </summary>
    internal JobId HeldBefore { get; set; }

    /// <summary>The last job that came over this connection and changes or flushes the region; such jobs only rise.</summary>
    internal JobId LastOrdered { get; set; }

    /// <summary>The last flush of this generation that came.</summary>
    internal FlushNumber LastFlush { get; set; }

    internal void MoveTo(ConnectionState next)
    {
        Invariant.Require(ConnectionTransitions.Allows(State, next));
        State = next;
    }
}
