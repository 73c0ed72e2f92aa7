using System.Security.Cryptography;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>Two downstairs are enough, and a third one that does not belong to them is left out.</summary>
public sealed class TwoOfThreeTests : IAsyncLifetime
{
    private DownstairsTrio _trio = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Fact]
    public async Task A_volume_opens_is_written_and_read_while_the_third_was_never_started()
    {
        var data = RandomNumberGenerator.GetBytes(100_000);
        await StartTwoAsync();

        (await _trio.UpstairsAsync(data, "write", "-o", "50001")).Expect(0);

        var read = (await _trio.UpstairsAsync("read", "-o", "50001", "-n", "100000")).Expect(0);
        Assert.Equal(data, read.Bytes);
    }

    [Fact]
    public async Task The_third_is_made_equal_once_it_comes()
    {
        await StartTwoAsync();
        (await _trio.UpstairsAsync(RandomNumberGenerator.GetBytes(200_000), "write")).Expect(0);

        await _trio.StartAsync(2);
        (await _trio.UpstairsAsync("write")).Expect(0);

        await _trio.StopAllAsync();
        (await _trio.DumpAsync()).Expect(0);
    }

    [Fact]
    public async Task A_third_of_another_geometry_is_refused_and_named()
    {
        await _trio.DisposeAsync();
        _trio = new DownstairsTrio(Geometry.Guide, Geometry.Guide, new Geometry(512, 100, 20));
        await StartTwoAsync();
        var data = RandomNumberGenerator.GetBytes(10_000);
        (await _trio.UpstairsAsync(data, "write")).Expect(0);
        await _trio.StartAsync(2);

        var run = (await _trio.UpstairsAsync(data, "write")).Expect(1);

        Assert.Matches("^error: .*targets disagree in geometry.*\n$", run.Error);
    }

    [Fact]
    public async Task A_copy_of_a_region_is_no_second_replica()
    {
        await _trio.CreateAsync();
        Directory.Delete(_trio.RegionOf(1), recursive: true);
        await Tools.RunAsync("cp", "-r", _trio.RegionOf(0), _trio.RegionOf(1));
        await _trio.StartAllAsync();

        var run = (await _trio.UpstairsAsync("write")).Expect(1);

        Assert.Matches("^error: targets 0 and 1 are the same region [0-9a-f-]+\n$", run.Error);
    }

    private async Task StartTwoAsync()
    {
        await _trio.CreateAsync();
        await Task.WhenAll(_trio.StartAsync(0), _trio.StartAsync(1));
        _trio.LeaveOut(2);
    }
}
