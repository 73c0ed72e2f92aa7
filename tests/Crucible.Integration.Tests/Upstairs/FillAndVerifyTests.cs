using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class FillAndVerifyTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new(new Geometry(512, 2048, 8));

    private string Expectation => _trio.FileNamed("volume.expect");

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Fact]
    public async Task What_fill_has_written_survives_kill_nine_of_all_three()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7", "--expect", Expectation)).Expect(0);
        (await _trio.UpstairsAsync("fill", "--seed", "8", "--expect", Expectation, "--pattern", "random", "--count", "200")).Expect(0);

        await _trio.KillAllAsync();
        await _trio.StartAllAsync();

        var verify = (await _trio.UpstairsAsync("verify", "--expect", Expectation, "--json")).Expect(0);
        using var report = JsonDocument.Parse(verify.Output);
        Assert.Equal(16_384, report.RootElement.GetProperty("blocksChecked").GetInt64());
        Assert.Equal(0, report.RootElement.GetProperty("blocksDiffering").GetInt64());
    }

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

    [Fact]
    public async Task A_changed_byte_is_found_and_told()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7", "--expect", Expectation, "--range", "1MiB")).Expect(0);
        (await _trio.UpstairsAsync([0x55], "write", "-o", "5200")).Expect(0);

        var verify = (await _trio.UpstairsAsync("verify", "--expect", Expectation)).Expect(3);

        Assert.Equal(
            "block 10 holds a torn write 1 of seed 7; expected is write 1 of seed 7\n2048 blocks checked, 1 differ\n", verify.Output);
    }

    [Fact]
    public async Task Without_a_file_any_write_of_the_seed_is_right()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7", "--range", "64KiB:64KiB")).Expect(0);

        (await _trio.UpstairsAsync("verify", "--seed", "7", "--range", "64KiB:64KiB")).Expect(0);
        (await _trio.UpstairsAsync("verify", "--seed", "8", "--range", "64KiB:64KiB")).Expect(3);
        (await _trio.UpstairsAsync("verify", "--seed", "7", "--range", "32KiB:64KiB")).Expect(3);
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
