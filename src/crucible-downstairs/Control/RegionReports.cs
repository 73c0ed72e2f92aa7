using System.Text.Json;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary>What the library knows of a region that is served, as its documents.</summary>
internal static class RegionReports
{
    public static DownstairsInfo InfoOf(DownstairsServer server, string data)
    {
        var status = server.GetStatus();
        var definition = status.Definition;
        var state = status.State;
        return new DownstairsInfo
        {
            Address = server.LocalEndPoint.ToString(),
            Data = data,
            Region = status.Region.Value,
            Volume = state.Volume == VolumeId.None ? null : state.Volume.Value,
            State = status.FaultCause is null ? "serving" : "faulted",
            Cause = status.FaultCause,
            ReadOnly = status.ReadOnly,
            SizeBytes = (long)definition.TotalBytes,
            BlockSizeBytes = definition.BlockSizeBytes,
            ExtentSizeBlocks = definition.ExtentSizeBlocks,
            ExtentCount = definition.ExtentCount,
            Encrypted = definition.Encrypted,
            Promised = state.PromisedGeneration.Value,
            InSync = state.InSyncGeneration.Value,
            Position = new PositionInfo(state.Position.Generation.Value, state.Position.Job.Value),
            Repairing = state.Repairing,
            DamagedExtents = status.DamagedExtents,
            Journal = new JournalInfo(status.JournalBytesUsed, status.JournalBytes),
            Connections = [.. status.Connections.Select(InfoOf)],
            Scrub = ScrubOf(server),
        };
    }

    public static DownstairsWorkInfo WorkOf(DownstairsServer server)
    {
        var work = server.GetWork(ControlLimits.MaxJobsListed);
        return new DownstairsWorkInfo(
            work.Uncommitted,
            work.Unsynced,
            work.Reads,
            [.. work.Jobs.Select(j => new DownstairsJobInfo(j.From.Value, j.Job.Value, WordOf(j.Waits), Math.Round(j.Age.TotalSeconds, 6)))]);
    }

    public static ScrubInfo? ScrubOf(DownstairsServer server) => server.Scrub.Status is not { } scrub ? null : new ScrubInfo
    {
        State = WordOf(scrub.State),
        ElapsedSeconds = Math.Round(((scrub.Ended ?? DateTimeOffset.UtcNow) - scrub.Began).TotalSeconds, 3),
        Ended = scrub.Ended,
        CheckedBytes = scrub.CheckedBytes,
        TotalBytes = scrub.TotalBytes,
        BytesPerSecond = scrub.BytesPerSecond,
        BadBlocks = scrub.BadBlocks,
        Damage = [.. scrub.Findings.Select(f => new DamageInfo(f.Start.Value, f.BlockCount, f.Extent.Value, f.Error.ToString()))],
    };

    private static ConnectionInfo InfoOf(ConnectionStatus connection) => new(
        connection.Id.Value,
        connection.Peer?.ToString() ?? "gone",
        WordOf(connection.State),
        connection.Session == default ? null : connection.Session.Value,
        connection.Generation.Value,
        connection.Since);

    private static string WordOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
