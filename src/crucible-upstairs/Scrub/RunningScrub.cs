using System.Text.Json;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>A scrub by a running program: begun over HTTP, and watched to its end.</summary>
internal static class RunningScrub
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <param name="address">The control address.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="json">Report as JSON.</param>
    /// <param name="stop">Cancelled by SIGINT and SIGTERM.</param>
    public static async Task<int> RunAsync(Uri address, ScrubRequest request, bool json, CancellationToken stop)
    {
        using var client = new ControlClient(address);
        var scrub = client.Read<ScrubInfo>(await client.PostAsync("/scrub", request, stop));
        using var progress = new ProgressLine("scrub", scrub.TotalBytes, !json);
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (scrub.State == ScrubInfo.Running)
            {
                progress.Report(scrub.CheckedBytes);
                await timer.WaitForNextTickAsync(stop);
                scrub = Find(client, await client.GetAsync("/scrub", stop), request.Export);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            progress.Dispose();
            await Console.Error.WriteLineAsync("interrupted: the scrub itself goes on; info --control shows how far it is");
            return ExitCode.Interrupted;
        }

        progress.Dispose();
        return ScrubOutcome.Tell(scrub, json);
    }

    // Where there are several volumes, each one's scrub is told.
    private static ScrubInfo Find(ControlClient client, JsonElement document, string? export) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("volumes", out _)
            ? client.Read<ScrubsInfo>(document).Volumes.FirstOrDefault(volume => volume.Export == export)?.Scrub
                ?? throw new CommandFailedException($"the server tells nothing any more of a scrub of export '{export}'")
            : client.Read<ScrubInfo>(document);
}
