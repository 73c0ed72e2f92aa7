using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>What the library knows of a volume, as its documents.</summary>
internal static class VolumeReports
{
    public static UpstairsInfo InfoOf(VolumeStatus status, string? export = null)
    {
        var definition = status.Definition;
        return new UpstairsInfo
        {
            Export = export,
            Volume = status.Volume?.Value,
            State = WordOf(status.State),
            Cause = status.Cause,
            Generation = status.Generation?.Value,
            SizeBytes = (long?)definition?.TotalBytes,
            BlockSizeBytes = definition?.BlockSizeBytes,
            ExtentSizeBlocks = definition?.ExtentSizeBlocks,
            ExtentCount = definition?.ExtentCount,
            Encrypted = definition?.Encrypted,
            Jobs = status.Jobs,
            HeldBytes = status.HeldBytes,
            Replicas = [.. status.Replicas.Select(InfoOf)],
            HealedBlocks = (long)status.HealedBlocks,
            Repair = status.Repair is { } repair ? InfoOf(repair) : null,
            Scrub = ScrubOf(status),
            History = [.. status.History.Select(InfoOf)],
        };
    }

    /// <summary>What all of them work at: the oldest jobs of all, as many as one answer lists.</summary>
    public static UpstairsWork WorkOf(IReadOnlyList<ControlledVolume> volumes)
    {
        var works = volumes.Select(volume => volume.GetWork(ControlLimits.MaxJobsListed)).ToList();
        return new UpstairsWork(
            works.Sum(work => work.Count),
            works.Sum(work => work.Waiting),
            [.. volumes
                .Zip(works, (volume, work) => work.Jobs.Select(job => InfoOf(job, volume.Export)))
                .SelectMany(static jobs => jobs)
                .OrderByDescending(static job => job.AgeSeconds)
                .Take(ControlLimits.MaxJobsListed)]);
    }

    /// <summary>Why the volume can't be relied on now; null: it can.</summary>
    public static string? Illness(VolumeStatus status)
    {
        var replicas = status.Replicas;
        return status.State switch
        {
            VolumeState.Active when replicas.Count(r => r.State == ReplicaState.Active) is var active =>
                active >= 2 ? null : $"{active} of {replicas.Count} replicas active; {DescribeOthers(replicas)}",
            VolumeState.Activating => $"the volume is not open yet; {DescribeOthers(replicas)}",
            _ => $"the volume is {WordOf(status.State)}{(status.Cause.Length > 0 ? $": {status.Cause}" : "")}",
        };
    }

    private static string DescribeOthers(IReadOnlyList<ReplicaStatus> replicas) => string.Join(
        "; ", replicas.Where(r => r.State != ReplicaState.Active).Select(r => $"{r.Address} {WordOf(r.State)}: {r.Cause}"));

    /// <summary>The scrub under way or the last one; null: none yet.</summary>
    public static ScrubInfo? ScrubOf(VolumeStatus status) => status.Scrub is { } scrub ? InfoOf(scrub) : null;

    public static ScrubInfo InfoOf(in ScrubProgress scrub) => new()
    {
        State = scrub.IsRunning ? ScrubInfo.Running : scrub.ComparedBytes >= scrub.TotalBytes ? ScrubInfo.Done : ScrubInfo.Stopped,
        ElapsedSeconds = Math.Round(scrub.Elapsed.TotalSeconds, 3),
        CheckedBytes = (long)scrub.ComparedBytes,
        TotalBytes = (long)scrub.TotalBytes,
        BadBlocks = (long)scrub.BadBlocks,
        HealedBlocks = (long)scrub.MendedBlocks,
    };

    private static ReplicaInfo InfoOf(ReplicaStatus replica) => new()
    {
        Id = replica.Id.Value,
        Address = replica.Address,
        State = WordOf(replica.State),
        Since = replica.Since,
        Cause = replica.Cause,
        Region = replica.Region?.Value,
        OutstandingJobs = replica.OutstandingJobs,
        OutstandingBytes = replica.OutstandingBytes,
        BadReads = replica.BadReads,
        RepairedBlocks = (long)replica.RepairedBlocks,
    };

    public static RepairInfo InfoOf(in RepairProgress repair) => new(
        repair.Target.Value,
        (long)repair.ComparedBytes,
        (long)repair.CopiedBytes,
        (long)repair.LeftBytes,
        (long)repair.TotalBytes,
        (long)repair.BadBlocks,
        repair.BytesPerSecond > 0 ? Math.Round(repair.BytesPerSecond) : null,
        repair.Remaining is { } remaining ? Math.Round(remaining.TotalSeconds, 1) : null);

    private static TransitionInfo InfoOf(ReplicaTransition transition) =>
        new(transition.Time, transition.Replica.Value, WordOf(transition.From), WordOf(transition.To), transition.Cause);

    private static JobInfo InfoOf(VolumeJob job, string? export) => new(
        job.Id.Value,
        WordOf(job.Kind),
        job.Start.Value,
        job.BlockCount,
        job.Request?.Value,
        Math.Round(job.Age.TotalSeconds, 6),
        job.Answered,
        [.. job.Progress.Select(WordOf)],
        export);

    /// <summary>A state as documents say it.</summary>
    public static string WordOf<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
