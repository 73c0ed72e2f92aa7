using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>A scrub by this program, of a volume that it has opened.</summary>
internal sealed class ScrubRun(VolumeSession session, long bytesPerSecond)
{
    public async Task<int> RunAsync()
    {
        using var progress = new ProgressLine("scrub", session.Volume.SizeBytes, session.Options.Talks);
        try
        {
            var report = await session.Volume.ScrubAsync(
                new ScrubOptions { BytesPerSecond = bytesPerSecond }, new Watch(progress), session.Stop);
            progress.Dispose();
            return ScrubOutcome.Tell(VolumeReports.InfoOf(report), session.Options.Json);
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            progress.Dispose();
            return await session.InterruptAsync("the scrub was not at its end");
        }
    }

    private sealed class Watch(ProgressLine line) : IProgress<ScrubProgress>
    {
        public void Report(ScrubProgress value) => line.Report((long)value.ComparedBytes);
    }
}
