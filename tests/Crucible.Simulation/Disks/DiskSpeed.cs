namespace Crucible.Simulation;

/// <summary>How long a disk takes.</summary>
internal sealed record DiskSpeed(double AppendMilliseconds, double SyncMilliseconds, double ReadMilliseconds)
{
    /// <summary>A disk of today.</summary>
    public static readonly DiskSpeed Normal = new(0.05, 0.6, 0.1);

    /// <summary>One that swaps sectors, or does somebody else's work: each call takes up to seconds.</summary>
    public static readonly DiskSpeed Slow = new(30, 200, 60);

    public TimeSpan Append(SimulationRandom random) => Draw(random, AppendMilliseconds);

    public TimeSpan Sync(SimulationRandom random) => Draw(random, SyncMilliseconds);

    public TimeSpan Read(SimulationRandom random) => Draw(random, ReadMilliseconds);

    // Mostly about the middle, sometimes ten times as long.
    private static TimeSpan Draw(SimulationRandom random, double milliseconds) => random.Spread(milliseconds / 4, milliseconds * 4);
}
