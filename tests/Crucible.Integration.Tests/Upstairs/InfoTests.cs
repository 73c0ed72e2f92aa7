using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class InfoTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task Info_tells_volume_geometry_and_replicas_and_takes_nothing_over()
    {
        (await trio.UpstairsAsync("-q")).Expect(0);
        using var before = JsonDocument.Parse((await trio.UpstairsAsync("info", "--json")).Expect(0).Output);
        using var after = JsonDocument.Parse((await trio.UpstairsAsync("info", "--json")).Expect(0).Output);

        var info = after.RootElement;
        Assert.True(info.GetProperty("generation").GetInt64() >= 1);
        Assert.Equal(before.RootElement.GetProperty("generation").GetInt64(), info.GetProperty("generation").GetInt64());
        Assert.NotEqual(Guid.Empty, info.GetProperty("volume").GetGuid());
        Assert.Equal(512_000, info.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(512, info.GetProperty("blockSizeBytes").GetInt32());
        Assert.Equal(100, info.GetProperty("extentSizeBlocks").GetInt32());
        Assert.Equal(10, info.GetProperty("extentCount").GetInt32());
        var replicas = info.GetProperty("replicas").EnumerateArray().ToList();
        Assert.Equal(trio.Targets, replicas.Select(r => r.GetProperty("address").GetString()!));
        Assert.Equal(3, replicas.Select(r => r.GetProperty("region").GetGuid()).Distinct().Count());
        Assert.All(replicas, r => Assert.Equal(info.GetProperty("generation").GetInt64(), r.GetProperty("promised").GetInt64()));
    }

    [Fact]
    public async Task The_table_tells_the_same_to_a_person()
    {
        var run = (await trio.UpstairsAsync("info")).Expect(0);

        Assert.Contains("size        500 KiB (512000 bytes)", run.Output, StringComparison.Ordinal);
        Assert.Contains("geometry    10 extents of 100 blocks of 512 bytes", run.Output, StringComparison.Ordinal);
        Assert.All(trio.Targets, t => Assert.Contains(t, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Targets_may_come_from_the_environment()
    {
        var environment = new Dictionary<string, string> { ["CRUCIBLE_TARGETS"] = string.Join(',', trio.Targets) };

        (await RunningProgram.RunAsync("crucible-upstairs", ["info"], environment: environment)).Expect(0);
    }
}
