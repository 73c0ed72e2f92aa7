namespace Crucible.Downstairs;

/// <summary>What a downstairs holds at most.</summary>
public static class DownstairsLimits
{
    /// <summary>Connections at one time: one works, a few look on, and some are half dead after a cut.</summary>
    public const int MaxConnections = 64;

    /// <summary>The same with those that were ended and are not gone yet.</summary>
    public const int MaxConnectionsWithEnding = 2 * MaxConnections;
}
