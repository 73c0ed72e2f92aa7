namespace Crucible.Dsc.Tests.Programs;

public sealed class CreateAndStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakePrograms _programs;

    public CreateAndStartTests() => _programs = new FakePrograms(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Create_makes_three_regions_as_asked()
    {
        await using var create = Run(
            "create", "--cleanup", "--extent-size", "16384", "--extent-count", "512", "--block-size", "4096", "--encrypted");

        Assert.Equal(0, await create.ExitCodeAsync());

        Assert.All(Regions(), region => Assert.Equal(
            $"-d {region} --block-size 4096 --extent-size 16384 --extent-count 512 --encrypted",
            File.ReadAllText($"{region}.arguments").Trim()));
    }

    [Fact]
    public async Task Create_leaves_a_region_alone_unless_told_to_clean_up()
    {
        var region = _programs.MakeRegion("r2");
        await File.WriteAllTextAsync(Path.Combine(region, "journal"), "precious");

        await using var careful = Run("create");
        Assert.Equal(1, await careful.ExitCodeAsync());
        Assert.Equal($"error: no region was made in {region}: crucible-downstairs ended with exit code 1", careful.Errors.All[0]);
        Assert.True(File.Exists(Path.Combine(region, "journal")));

        await using var thorough = Run("create", "--cleanup");
        Assert.Equal(0, await thorough.ExitCodeAsync());
        Assert.False(File.Exists(Path.Combine(region, "journal")));
    }

    [Fact]
    public async Task Impossible_sizes_are_refused_before_anything_is_cleaned_up()
    {
        var region = _programs.MakeRegion("r1");

        await using var create = Run("create", "--cleanup", "--block-size", "1000");

        Assert.Equal(2, await create.ExitCodeAsync());
        Assert.Equal("error: block size 1000 is not a power of two from 512 to 32768", create.Errors.All[0]);
        Assert.True(File.Exists(Path.Combine(region, "region.json")));
    }

    [Fact]
    public async Task Start_runs_three_until_it_is_stopped()
    {
        foreach (var name in (string[])["r1", "r2", "r3"])
        {
            _programs.MakeRegion(name);
        }

        var port = FreePorts.ThreeInARow();
        await using var start = Run("start", "--port-base", $"{port}", "--port-step", "1");
        Assert.Equal(
            $"Three downstairs run until Ctrl-C: -t 127.0.0.1:{port} -t 127.0.0.1:{port + 1} -t 127.0.0.1:{port + 2}",
            await start.Output.NextAsync("run until Ctrl-C"));

        FakePrograms.Signal("KILL", FakePrograms.ProcessIds(_folder["r3"])[0]);
        await start.Output.NextAsync("runs again");
        FakePrograms.Signal("TERM", start.Id);

        Assert.Equal(0, await start.ExitCodeAsync());
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
        Assert.Equal([1, 1, 2], Regions().Select(region => FakePrograms.ProcessIds(region).Count));
    }

    [Fact]
    public async Task Start_says_which_directory_holds_no_region()
    {
        _programs.MakeRegion("r1");

        await using var start = Run("start");

        Assert.Equal(1, await start.ExitCodeAsync());
        Assert.Equal($"error: {_folder["r2"]} holds no region: make the three with dsc create", start.Errors.All[0]);
    }

    [Theory]
    [InlineData("--region-dir must be given 3 times, not 2", "start", "--region-dir", "a", "--region-dir", "b")]
    [InlineData("--region-dir names the same directory twice", "create", "--region-dir", "a", "--region-dir", "b", "--region-dir", "./a/")]
    [InlineData("--address nowhere is no IP address", "start", "--address", "nowhere", "--region-dir", "a", "--region-dir", "b", "--region-dir", "c")]
    [InlineData("port 65536 is not from 1 to 65535", "start", "--port-base", "65526", "--region-dir", "a", "--region-dir", "b", "--region-dir", "c")]
    public async Task Wrong_use_is_told_in_one_line(string message, params string[] arguments)
    {
        await using var dsc = DscProcess.Start([.. arguments, "--ds-bin", _programs.Downstairs]);

        Assert.Equal(2, await dsc.ExitCodeAsync());
        Assert.Equal($"error: {message}", dsc.Errors.All[0]);
    }

    private IEnumerable<string> Regions() => Enumerable.Range(1, 3).Select(number => _folder[$"r{number}"]);

    private DscProcess Run(params string[] arguments) => DscProcess.Start(
        [.. arguments, "--ds-bin", _programs.Downstairs, .. Regions().SelectMany(region => (string[])["--region-dir", region])]);
}
