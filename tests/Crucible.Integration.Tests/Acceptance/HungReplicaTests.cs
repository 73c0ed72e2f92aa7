using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>A downstairs that hangs (SIGSTOP) disturbs nobody.</summary>
public sealed class HungReplicaTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task A_bench_goes_on_while_one_hangs_and_the_next_activation_makes_it_equal()
    {
        using (var bench = trio.StartUpstairs("bench", "--time", "3s", "--warm-up", "0", "--flush-every", "100", "--json", "-v"))
        {
            await bench.WaitForErrorAsync("The volume is active");
            await trio.SignalAsync(2, "STOP");

            using var report = JsonDocument.Parse((await bench.FinishAsync()).Expect(0).Output);

            Assert.True(report.RootElement.GetProperty("flushes").GetProperty("count").GetInt64() > 0);
            Assert.False(report.RootElement.GetProperty("interrupted").GetBoolean());
        }

        await trio.SignalAsync(2, "CONT");
        (await trio.UpstairsAsync("write")).Expect(0);
        await trio.StopAllAsync();
        (await trio.DumpAsync()).Expect(0);
        await trio.StartAllAsync();
    }
}
