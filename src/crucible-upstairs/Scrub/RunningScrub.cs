using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>A scrub by a running program: begun over HTTP, and watched to its end.</summary>
internal static class RunningScrub
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync(Uri address, bool json, CancellationToken stop)
    {
        using var client = new ControlClient(address);
        var scrub = client.Read<ScrubInfo>(await client.PostAsync("/scrub", stop));
        using var progress = new ProgressLine("scrub", scrub.TotalBytes, !json);
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (scrub.State == ScrubInfo.Running)
            {
                progress.Report(scrub.CheckedBytes);
                await timer.WaitForNextTickAsync(stop);
                scrub = client.Read<ScrubInfo>(await client.GetAsync("/scrub", stop));
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
}
