using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>Of two upstairs on one volume the later one wins, and the earlier one hears of it.</summary>
public sealed class TakeoverTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task A_bench_ends_with_one_clear_line_when_another_upstairs_writes()
    {
        byte[] data = [1, 2, 3];
        using var bench = trio.StartUpstairs("bench", "--time", "10m", "--range", "4KiB:64KiB", "--job-log", "all");
        await bench.WaitForErrorAsync("Write ");

        (await trio.UpstairsAsync(data, "write")).Expect(0);

        var errors = (await bench.FinishAsync()).Expect(1).Error.Split('\n').Where(l => l.StartsWith("error:", StringComparison.Ordinal));
        Assert.Equal("error: another upstairs took the volume over: generation 2 took over", Assert.Single(errors));
        Assert.Equal(data, (await trio.UpstairsAsync("read", "-n", "3")).Expect(0).Bytes);
    }
}
