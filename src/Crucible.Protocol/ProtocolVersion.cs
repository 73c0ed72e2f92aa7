namespace Crucible.Protocol;

/// <summary>The changelog of the protocol, newest first. Both sides use the highest version that both know.</summary>
public enum ProtocolVersion : uint
{
    /// <summary>ReadStates and StatesAck: which blocks hold data, as runs.</summary>
    Two = 2,

    /// <summary>Greeting, promotion, learning, work, repair and life as docs/protocol.md describes them.</summary>
    One = 1,
}

/// <summary>What this build speaks.</summary>
public static class ProtocolVersions
{
    public const ProtocolVersion Oldest = ProtocolVersion.One;

    public const ProtocolVersion Newest = ProtocolVersion.Two;

    /// <summary>The highest version known to us and to a peer that knows <paramref name="oldest"/> to <paramref name="newest"/>; null where there is none.</summary>
    public static ProtocolVersion? Negotiate(uint oldest, uint newest)
    {
        var best = Math.Min(newest, (uint)Newest);
        return best >= Math.Max(oldest, (uint)Oldest) ? (ProtocolVersion)best : null;
    }
}
