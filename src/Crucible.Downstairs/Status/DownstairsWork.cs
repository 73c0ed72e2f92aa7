namespace Crucible.Downstairs;

/// <summary>What a job waits for.</summary>
public enum JobWait
{
    /// <summary>To be in the journal, with all that arrived with it.</summary>
    Commit,

    /// <summary>For the journal to be on stable storage.</summary>
    Sync,

    /// <summary>For a thread that reads, or for the disk.</summary>
    Read,
}

/// <summary>A job that is not answered.</summary>
/// <param name="From">The connection it came over.</param>
/// <param name="Job">Which.</param>
/// <param name="Waits">For what.</param>
/// <param name="Age">Since it arrived.</param>
public readonly record struct DownstairsJob(ConnectionId From, JobId Job, JobWait Waits, TimeSpan Age);

/// <summary>What a downstairs works at, at one moment.</summary>
/// <param name="Uncommitted">Jobs whose batch is not in the journal yet.</param>
/// <param name="Unsynced">Jobs that wait for the journal to be durable.</param>
/// <param name="Reads">Reads that wait for a thread or are being done.</param>
/// <param name="Jobs">The oldest of each.</param>
public sealed record DownstairsWork(int Uncommitted, int Unsynced, int Reads, IReadOnlyList<DownstairsJob> Jobs);
