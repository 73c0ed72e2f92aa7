using System.Diagnostics;
using System.Globalization;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class CrashTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new(new Geometry(512, 2048, 8));

    private string Expectation => _trio.FileNamed("volume.expect");

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Theory]
    [InlineData("fast")]
    [InlineData("quorum")]
    public async Task A_crash_in_the_middle_of_a_fill_leaves_a_prefix_that_stays(string ack)
    {
        using var fill = _trio.StartUpstairs(
            "fill", "--ack", ack, "--expect", Expectation, "--pattern", "random", "--count", "1000000", "--size", "16KiB", "--flush-every", "256KiB");
        await WaitForFlushesAsync(3, fill);

        await Task.WhenAll(_trio.KillAllAsync(), fill.KillAsync());
        await _trio.StartAllAsync();

        var cutOff = (await _trio.UpstairsAsync("verify", "--expect", Expectation)).Expect(1);
        Assert.Contains("writes that were never flushed: run verify --after-crash first", cutOff.Error, StringComparison.Ordinal);
        (await _trio.UpstairsAsync("verify", "--expect", Expectation, "--after-crash")).Expect(0);
        await _trio.KillAllAsync();
        await _trio.StartAllAsync();
        (await _trio.UpstairsAsync("verify", "--expect", Expectation)).Expect(0);
        (await _trio.UpstairsAsync("fill", "--expect", Expectation, "--pattern", "random", "--count", "50")).Expect(0);
        (await _trio.UpstairsAsync("verify", "--expect", Expectation)).Expect(0);
    }

    // The expectation file grows with each flush; a watcher says when.
    private async Task WaitForFlushesAsync(int count, RunningProgram fill)
    {
        using var grown = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(_trio.Folder, "*.expect");
        watcher.Changed += (_, _) => grown.Release();
        watcher.Created += (_, _) => grown.Release();
        watcher.EnableRaisingEvents = true;
        while (await CountFlushesAsync() < count)
        {
            Assert.True(await grown.WaitAsync(RunningProgram.Patience), $"process {fill.Id} makes no progress");
        }
    }

    // The file is locked by its writer; grep does not care.
    private async Task<int> CountFlushesAsync()
    {
        var start = new ProcessStartInfo("grep", ["-c", "^f ", Expectation]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var grep = Process.Start(start)!;
        var count = await grep.StandardOutput.ReadToEndAsync();
        return int.TryParse(count.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var flushes) ? flushes : 0;
    }
}
