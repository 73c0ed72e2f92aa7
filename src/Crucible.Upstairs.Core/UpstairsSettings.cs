namespace Crucible.Upstairs;

/// <summary>What an <see cref="UpstairsCore"/> is told once, at its start.</summary>
public sealed record UpstairsSettings
{
    /// <summary>Which upstairs this is.</summary>
    public required UpstairsId Upstairs { get; init; }

    /// <summary>Which activation this is.</summary>
    public required SessionId Session { get; init; }

    /// <summary>The id that a volume gets whose regions belong to none yet.</summary>
    public required VolumeId NewVolume { get; init; }

    /// <summary>When writes are acknowledged.</summary>
    public AckMode Ack { get; init; } = AckMode.Fast;

    /// <summary>Take nothing over and only read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Blocks are encrypted by the engine; regions must say the same of themselves.</summary>
    public bool Encrypted { get; init; }

    /// <summary>Jobs may carry trace contexts.</summary>
    public bool Trace { get; init; }

    /// <summary>The generation to take; none: one above the highest that the replicas have promised.</summary>
    public Generation Generation { get; init; } = Generation.None;

    /// <summary>How long two replicas wait for the third before they go on without it.</summary>
    public TimeSpan ActivationGrace { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// How long activation waits for two replicas before it fails, and two for the third where their source has blocks that it
    /// can't read before these are given up.
    /// </summary>
    public TimeSpan ActivationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Unretired writes are flushed after so long without a new one.</summary>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Outstanding work without progress for so long makes the replica be asked whether it is there.</summary>
    public TimeSpan ProbeAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// No answer at all for so long after that: the connection is given up and its reads go elsewhere. Together with
    /// <see cref="ProbeAfter"/> less than the two seconds that a guest may notice.
    /// </summary>
    public TimeSpan HungAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A read unanswered for so long is asked of a second replica too.</summary>
    public TimeSpan HedgeAfter { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Requests wait so long for room that a connected but slow replica takes, before it loses its place and is repaired:
    /// less than the two seconds that a guest may notice.
    /// </summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after it was faulted, or refused us, a replica is tried again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>With fewer than two replicas, requests wait so long before they fail.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A replica that is away longer than this loses its place.</summary>
    public TimeSpan AwayLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long after one scrub the next begins by itself; zero: never.</summary>
    public TimeSpan ScrubInterval { get; init; }

    /// <summary>Most bytes a second that a scrub which begins by itself looks at; 0: what the guest does not notice.</summary>
    public long ScrubBytesPerSecond { get; init; }

    /// <summary>Most bytes of unretired writes: what replay must hold. At half of it the upstairs flushes by itself.</summary>
    public long MaxUnretiredBytes { get; init; } = 128L << 20;

    /// <summary>Most jobs in the table. At half of it the upstairs flushes by itself.</summary>
    public int MaxJobs { get; init; } = 1 << 16;

    /// <summary>
    /// Most jobs that change something and that no quorum has done yet; further ones wait. What a flush waits for behind a guest
    /// that is acknowledged at once.
    /// </summary>
    public int MaxBacklogJobs { get; init; } = 1024;

    /// <summary>Most bytes of such jobs.</summary>
    public long MaxBacklogBytes { get; init; } = 16L << 20;

    /// <summary>Where an active replica owes more answers than this the guest's changes are delayed.</summary>
    public int MaxLagJobs { get; init; } = 2048;

    /// <summary>Where an active replica owes answers for more bytes than this the guest's changes are delayed.</summary>
    public long MaxLagBytes { get; init; } = 32L << 20;

    /// <summary>How long one change is delayed at most for a replica that lags.</summary>
    public TimeSpan LagDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Most guest requests that wait for room among the jobs.</summary>
    public int MaxWaitingRequests { get; init; } = 1 << 16;
}
