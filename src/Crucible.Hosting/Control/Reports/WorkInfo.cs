namespace Crucible.Hosting;

/// <summary>What an upstairs answers at <c>/work</c>: of all its volumes together.</summary>
/// <param name="Count">Jobs in flight, or held until a flush after them is done everywhere.</param>
/// <param name="Waiting">Requests of the guest that wait for room.</param>
/// <param name="Jobs">The oldest of those in flight.</param>
public sealed record UpstairsWork(int Count, int Waiting, IReadOnlyList<JobInfo> Jobs);

/// <summary>A job.</summary>
/// <param name="Job">Its id.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Start">First block.</param>
/// <param name="Blocks">How many.</param>
/// <param name="Request">The guest's request; null where the volume made the job by itself.</param>
/// <param name="AgeSeconds">Since it was made.</param>
/// <param name="Answered">The guest has its answer.</param>
/// <param name="Replicas">Where it is with each replica: <c>notSent</c>, <c>sent</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="Export">The export whose volume it is about; null where there is no NBD server.</param>
public sealed record JobInfo(
    ulong Job, string Kind, ulong Start, uint Blocks, ulong? Request, double AgeSeconds, bool Answered, IReadOnlyList<string> Replicas, string? Export);

/// <summary>What a downstairs answers at <c>/work</c>: counts, and the oldest of each.</summary>
/// <param name="Uncommitted">Jobs on their way into the journal.</param>
/// <param name="Unsynced">Flushes and notes that wait for the journal to be durable.</param>
/// <param name="Reads">Reads that wait for a thread or are being done.</param>
/// <param name="Jobs">The oldest of each.</param>
public sealed record DownstairsWorkInfo(int Uncommitted, int Unsynced, int Reads, IReadOnlyList<DownstairsJobInfo> Jobs);

/// <summary>A job that a downstairs has not answered.</summary>
/// <param name="Connection">Where it came from.</param>
/// <param name="Job">Its id.</param>
/// <param name="Waits">For what: <c>commit</c>, <c>sync</c> or <c>read</c>.</param>
/// <param name="AgeSeconds">Since it arrived.</param>
public sealed record DownstairsJobInfo(int Connection, ulong Job, string Waits, double AgeSeconds);
