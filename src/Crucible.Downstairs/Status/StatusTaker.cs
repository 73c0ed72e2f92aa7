using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>Looks at region and core for whoever asks. Called under the engine's lock, which it holds for microseconds.</summary>
internal static class StatusTaker
{
    /// <summary>Versions looked at under the region's lock at once: it is the one that appends need.</summary>
    private const int VersionsAtOnce = 1024;

    public static RegionStatus StatusOf(Region region, DownstairsCore core, IReadOnlyList<Connection> connections, long damagedExtents) => new(
        region.Id,
        region.Definition,
        region.IsReadOnly,
        region.State,
        region.FaultReason ?? core.FaultCause,
        region.JournalBytesUsed,
        region.JournalBytes,
        damagedExtents,
        [.. connections.Where(c => c.Peer.State != ConnectionState.Ended).Select(StatusOf)]);

    /// <summary>Adds the oldest jobs that wait, as long as there is room.</summary>
    public static void AddPending(DownstairsCore core, List<DownstairsJob> jobs, int most)
    {
        var now = DownstairsEngine.Now();
        for (var i = 0; i < core.UncommittedCount && jobs.Count < most; i++)
        {
            var (from, job, since) = core.UncommittedAt(i);
            jobs.Add(new DownstairsJob(from.Id, job, JobWait.Commit, now - since));
        }

        for (var i = 0; i < core.UnsyncedCount && jobs.Count < most; i++)
        {
            var (from, job, since) = core.UnsyncedAt(i);
            jobs.Add(new DownstairsJob(from.Id, job, JobWait.Sync, now - since));
        }
    }

    /// <summary>Extents in which damage was found. Not under the engine's lock: it looks at every extent.</summary>
    public static long CountDamaged(Region region)
    {
        var versions = new Crucible.Storage.ExtentVersion[Math.Min(VersionsAtOnce, region.Definition.ExtentCount)];
        var damaged = 0L;
        for (uint first = 0; first < region.Definition.ExtentCount; first += (uint)versions.Length)
        {
            var part = versions.AsSpan(0, (int)Math.Min((uint)versions.Length, region.Definition.ExtentCount - first));
            region.CopyVersions(new ExtentId(first), part);
            foreach (ref readonly var version in part)
            {
                damaged += version.Faulted ? 1 : 0;
            }
        }

        return damaged;
    }

    private static ConnectionStatus StatusOf(Connection connection) => new(
        connection.Id,
        connection.Frames.RemoteEndPoint,
        connection.Peer.State,
        connection.Peer.Session,
        connection.Peer.Generation,
        connection.Since);
}
