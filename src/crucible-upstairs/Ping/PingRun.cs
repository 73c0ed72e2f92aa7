using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Pings all targets side by side, then tells what came of it.</summary>
internal static class PingRun
{
    public static async Task<int> RunAsync(PingOptions options, CancellationToken stop)
    {
        if (options.Session.Talks)
        {
            Console.WriteLine(OptionsLine.Format(("target", options.Session.Targets)));
            Console.WriteLine($"target list: [\n{string.Concat(options.Session.Targets.Select(t => $"    {t},\n"))}]");
        }

        var loops = options.Session.Targets.Select(target => new PingLoop(target, options, stop)).ToList();
        await Task.WhenAll(loops.Select(loop => Task.Factory.StartNew(
            loop.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        var results = loops.ConvertAll(loop => loop.Result());
        Report(options, results);
        if (results.Exists(r => r.Failure is not null))
        {
            return ExitCode.Unavailable;
        }

        return stop.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
    }

    private static void Report(PingOptions options, List<PingResult> results)
    {
        if (options.Session.Json)
        {
            JsonOutput.WriteLine(results);
            return;
        }

        foreach (var result in results)
        {
            Console.WriteLine(result.Describe());
        }
    }
}
