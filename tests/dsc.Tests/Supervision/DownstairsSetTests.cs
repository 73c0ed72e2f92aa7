using Crucible.Dsc.Output;
using Crucible.Dsc.Supervision;

namespace Crucible.Dsc.Tests.Supervision;

public sealed class DownstairsSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lines _lines = new();
    private readonly FakePrograms _programs;
    private readonly List<string> _regions;

    public DownstairsSetTests()
    {
        _programs = new FakePrograms(_folder);
        _regions = [.. Enumerable.Range(1, 3).Select(number => _programs.MakeRegion($"r{number}"))];
    }

    public void Dispose()
    {
        _folder.Dispose();
        _lines.Dispose();
    }

    [Fact]
    public async Task All_are_started_and_all_drain_at_the_end()
    {
        await using (var set = Create(port: 7001))
        {
            await set.StartAsync(CancellationToken.None);

            Assert.Equal(["127.0.0.1:7001", "127.0.0.1:7001", "127.0.0.1:7001"], set.Targets);
            Assert.Equal(_regions.Select(region => FakePrograms.ProcessIds(region)[^1]), set.Members.Select(m => m.ProcessId));
        }

        Assert.All(_regions, region => Assert.True(FakePrograms.Drained(region)));
        Assert.Contains("r2 | drained", _lines.All);
    }

    [Fact]
    public async Task One_that_is_killed_is_started_again_on_the_port_it_had()
    {
        await using var set = Create(port: 0);
        await set.StartAsync(CancellationToken.None);

        FakePrograms.Signal("KILL", FakePrograms.ProcessIds(_regions[1])[0]);
        await _lines.NextAsync("downstairs r2 ended with exit code 137; it is started again in 0.01 s");
        await _lines.NextAsync("r2 | listening on 127.0.0.1:4000");
        await _lines.NextAsync("downstairs r2 runs again");

        Assert.Equal(2, FakePrograms.ProcessIds(_regions[1]).Count);
        Assert.Single(FakePrograms.ProcessIds(_regions[0]));
    }

    [Fact]
    public async Task One_that_dies_at_every_start_is_tried_with_growing_waits()
    {
        await using var set = Create(port: 7001);
        await set.StartAsync(CancellationToken.None);

        FakePrograms.Break(_regions[0]);
        FakePrograms.Signal("KILL", FakePrograms.ProcessIds(_regions[0])[0]);

        await _lines.NextAsync("r1 ended with exit code 137; it is started again in 0.01 s");
        await _lines.NextAsync("r1 ended with exit code 7; it is started again in 0.02 s");
        await _lines.NextAsync("r1 ended with exit code 7; it is started again in 0.04 s");
    }

    [Fact]
    public async Task Where_one_does_not_start_none_is_left_running()
    {
        FakePrograms.Break(_regions[2]);

        var set = Create(port: 7001);
        var e = await Assert.ThrowsAsync<DscException>(() => set.StartAsync(CancellationToken.None));
        await set.DisposeAsync();

        Assert.Equal("downstairs r3 ended before it listened, with exit code 7", e.Message);
        Assert.Contains($"r3 | error: {_regions[2]} is broken", _lines.All);
        await Task.WhenAll(_regions.Where(region => File.Exists($"{region}.pids"))
            .SelectMany(FakePrograms.ProcessIds).Select(FakePrograms.GoneAsync));
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_is_named()
    {
        File.SetUnixFileMode(_programs.Downstairs, UnixFileMode.UserRead);
        await using var set = Create(port: 7001);

        var e = await Assert.ThrowsAsync<DscException>(() => set.StartAsync(CancellationToken.None));

        Assert.StartsWith($"cannot start {_programs.Downstairs}: ", e.Message, StringComparison.Ordinal);
    }

    private DownstairsSet Create(int port)
    {
        var launches = _regions.Select((region, index) => new DownstairsLaunch
        {
            Name = Path.GetFileName(region),
            Index = index,
            Program = _programs.Downstairs,
            Region = region,
            Address = "127.0.0.1",
            Port = port,
        });
        var tick = TimeSpan.FromMilliseconds(10);
        return new DownstairsSet(
            launches,
            new LineOutput(_lines, colours: false),
            () => new RestartBackoff(tick, TimeSpan.FromSeconds(5), stableAfter: TimeSpan.FromHours(1)),
            TimeProvider.System);
    }
}
