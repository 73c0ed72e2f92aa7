using System.Text.Json;
using Crucible.Integration.Tests.Processes;
using Crucible.Protocol;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class PingTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task Ping_shows_the_first_guides_facts_and_a_summary()
    {
        var run = (await trio.UpstairsAsync("ping", "-c", "2", "--interval", "1ms")).Expect(0);

        foreach (var target in trio.Targets)
        {
            Assert.Contains($"looper start for {target}\n", run.Output, StringComparison.Ordinal);
            Assert.Contains($"ok, connected to {target}\n", run.Output, StringComparison.Ordinal);
            Assert.Contains($"{target}: version {(uint)ProtocolVersions.Newest}\n", run.Output, StringComparison.Ordinal);
            Assert.Contains($"{target} #### CONNECTED ########\n", run.Output, StringComparison.Ordinal);
            Assert.Contains($"{target} --recv--> Imok", run.Output, StringComparison.Ordinal);
            Assert.Contains($"{target}: 2 of 2 answered, min/avg/max ", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_target_is_enough_to_ping()
    {
        var run = await RunningProgram.RunAsync("crucible-upstairs", ["ping", "-t", trio.Targets[1], "-c", "1", "--json"]);

        run.Expect(0);
        using var json = JsonDocument.Parse(run.Output);
        var target = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(trio.Targets[1], target.GetProperty("target").GetString());
        Assert.Equal((int)ProtocolVersions.Newest, target.GetProperty("version").GetInt32());
        Assert.True(target.GetProperty("minMicroseconds").GetDouble() > 0);
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_named_and_the_others_are_pinged()
    {
        var absent = $"127.0.0.1:{FreePorts.Take()}";
        var run = await RunningProgram.RunAsync("crucible-upstairs", ["ping", "-t", absent, "-t", trio.Targets[0], "-c", "1"]);

        run.Expect(4);
        Assert.Equal($"error: {absent}: connection refused\n", run.Error);
        Assert.Contains($"{trio.Targets[0]}: 1 of 1 answered", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_ping_ends_with_its_summary_when_it_is_interrupted()
    {
        using var ping = trio.StartUpstairs("ping", "--interval", "10ms");
        await ping.WaitForAsync("--recv--> Imok");

        await ping.SignalAsync("INT");

        var run = (await ping.FinishAsync()).Expect(130);
        Assert.Contains($"{trio.Targets[0]}: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("answered, min/avg/max", run.Output, StringComparison.Ordinal);
    }
}
