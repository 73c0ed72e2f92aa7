namespace Crucible.Downstairs;

/// <summary>What the engine holds at most (I7).</summary>
internal static class EngineLimits
{
    /// <summary>Bytes of answers one connection may owe: read, or about to be read, and not yet taken by its socket.</summary>
    public const long MaxOwedBytes = 64L << 20;

    /// <summary>How long a connection that owes as much may take none of it before it is cut off.</summary>
    public static readonly TimeSpan OwedTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Reads that wait for a worker, of all connections.</summary>
    public const int MaxQueuedReads = 1024;

    /// <summary>How long a job that does not fit into the journal waits for a disk without space before it fails.</summary>
    public static readonly TimeSpan RoomTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long after a try that found no space the next one begins, while a job waits.</summary>
    public static readonly TimeSpan RoomRetryInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Bytes of blocks that one worker reads at once to prove contexts; at least one block.</summary>
    public const int ProveBytes = 256 << 10;

    /// <summary>A peer hears of a daemon at work at least so often: well within the second after which it would give up.</summary>
    public static readonly TimeSpan SignOfLifeInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Seconds of silence before the kernel asks whether a peer is still there, and between its questions.</summary>
    public const int KeepAliveSeconds = 15;
}
