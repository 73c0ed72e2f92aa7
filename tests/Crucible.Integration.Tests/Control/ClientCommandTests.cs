using System.Net;
using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Control;

/// <summary>The commands for people, on top of the control endpoints.</summary>
public sealed class ClientCommandTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new() { DownstairsArguments = ["--control", "127.0.0.1:0", "--scrub-rate", "1GiB"] };

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Fact]
    public async Task Info_shows_a_running_upstairs_to_a_person_and_passes_the_document_on_to_a_program()
    {
        using var program = _trio.StartUpstairs("write", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(program);
        await WaitForAllActiveAsync(control);

        var shown = (await RunAsync("info", "--control", control.Address)).Expect(0).Output;
        var passed = (await RunAsync("info", "--json", "--control", new Uri(control.Address).Authority)).Expect(0).Output;

        Assert.Contains("state       active", shown, StringComparison.Ordinal);
        Assert.All(_trio.Targets, target => Assert.Contains(target, shown, StringComparison.Ordinal));
        Assert.Contains("history", shown, StringComparison.Ordinal);
        Assert.Contains("-> active: ", shown, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(passed);
        Assert.Equal("upstairs", document.RootElement.GetProperty("role").GetString());
        Assert.Equal(3, document.RootElement.GetProperty("replicas").GetArrayLength());
    }

    [Fact]
    public async Task Info_shows_a_running_downstairs_too()
    {
        using var program = _trio.StartUpstairs("write");
        var address = (await _trio.WaitForAsync(0, "control: ")).Trim();
        using var control = ControlUrl.At(address);
        await control.WaitAsync("/info", (_, body) => body.Contains("\"active\"", StringComparison.Ordinal));

        var shown = (await RunAsync("info", "--control", address)).Expect(0).Output;

        Assert.Contains("state       serving", shown, StringComparison.Ordinal);
        Assert.Contains(_trio.RegionOf(0), shown, StringComparison.Ordinal);
        Assert.Contains("connection", shown, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("info")]
    [InlineData("scrub")]
    [InlineData("replace", "--old", "a:1", "--new", "b:1")]
    public async Task Nobody_at_the_address_is_one_line_and_exit_code_4(params string[] command)
    {
        var run = (await RunAsync([.. command, "--control", $"127.0.0.1:{FreePorts.Take()}"])).Expect(4);

        Assert.StartsWith("error: nobody answers at ", Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_at_the_address_is_one_line_and_exit_code_1()
    {
        var run = (await RunAsync("info", "--control", _trio.Targets[0])).Expect(1);

        Assert.StartsWith("error: ", Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense://x")]
    [InlineData("http://host:1/path")]
    public async Task An_address_that_makes_no_sense_is_wrong_usage(string address) =>
        Assert.Contains("--control: ", (await RunAsync("info", "--control", address)).Expect(2).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Repair_stays_until_a_wiped_replica_is_alike()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7")).Expect(0);
        await _trio.WipeAsync(1);

        var run = (await _trio.UpstairsAsync("repair", "--json")).Expect(0);

        using var report = JsonDocument.Parse(run.Output);
        Assert.All(report.RootElement.GetProperty("replicas").EnumerateArray(), r => Assert.Equal("active", r.GetProperty("state").GetString()));
        await _trio.StopAllAsync();
        (await _trio.DumpAsync()).Expect(0);
    }

    [Fact]
    public async Task Repair_that_watches_stays_until_it_is_interrupted()
    {
        using var program = _trio.StartUpstairs("repair", "--watch", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(program);
        await WaitForAllActiveAsync(control);

        await program.SignalAsync("INT");

        Assert.Contains("all three replicas are active", (await program.WaitForEndAsync()).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrub_heals_a_flipped_byte_and_says_so()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7")).Expect(0);
        await FlipAsync(2);

        var run = (await _trio.UpstairsAsync("scrub", "--json")).Expect(0);

        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal("done", report.RootElement.GetProperty("state").GetString());
        Assert.Equal(1, report.RootElement.GetProperty("healedBlocks").GetInt64());
        Assert.Equal(0, report.RootElement.GetProperty("badBlocks").GetInt64());
        Assert.Contains("0 blocks healed, 0 blocks damaged", (await _trio.UpstairsAsync("scrub")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_that_no_replica_can_tell_is_exit_code_3()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7")).Expect(0);
        for (var replica = 0; replica < 3; replica++)
        {
            await FlipAsync(replica);
        }

        Assert.Contains("1 blocks damaged", (await _trio.UpstairsAsync("scrub")).Expect(3).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_upstairs_scrubs_when_told_and_a_running_downstairs_too()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7")).Expect(0);
        await FlipAsync(0);
        var daemon = (await _trio.WaitForAsync(0, "control: ")).Trim();
        var found = (await RunAsync("scrub", "--control", daemon)).Expect(3).Output;
        using var program = _trio.StartUpstairs("write", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(program);
        await WaitForAllActiveAsync(control);

        var mended = (await RunAsync("scrub", "--control", control.Address)).Expect(0).Output;

        Assert.Contains("1 blocks from block 3 on, in extent 0", found, StringComparison.Ordinal);
        Assert.Contains("1 blocks healed, 0 blocks damaged", mended, StringComparison.Ordinal);
        Assert.Equal("done", (await control.JsonAsync("/scrub")).GetProperty("state").GetString());
        Assert.Equal("done", (await control.JsonAsync("/info")).GetProperty("scrub").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Replace_takes_an_empty_region_in_while_the_upstairs_runs()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7")).Expect(0);
        using var program = _trio.StartUpstairs("write", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(program);
        await WaitForAllActiveAsync(control);
        using var fourth = RunningProgram.Start(
            "crucible-downstairs", "-c", "-d", _trio.FileNamed("fourth"), "-a", "127.0.0.1", "-p", "0", "--block-size", "512", "--extent-size", "100", "--extent-count", "10");
        var address = $"127.0.0.1:{await fourth.WaitForAsync("listening on 127.0.0.1:")}".Trim();

        (await RunAsync("replace", "--control", control.Address, "--old", _trio.Targets[2], "--new", address)).Expect(0);
        await WaitForAllActiveAsync(control);

        var replicas = (await control.JsonAsync("/info")).GetProperty("replicas");
        Assert.Equal(address, replicas[2].GetProperty("address").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await control.PostAsync("/replace", """{"old": "127.0.0.1:1", "new": "127.0.0.1:2"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await control.PostAsync("/replace", "rubbish")).Status);
    }

    private static Task<Finished> RunAsync(params string[] arguments) => RunningProgram.RunAsync("crucible-upstairs", arguments);

    private static Task<string> WaitForAllActiveAsync(ControlUrl control) => control.WaitAsync("/info", (status, body) =>
    {
        if (status != HttpStatusCode.OK)
        {
            return false;
        }

        using var info = JsonDocument.Parse(body);
        return info.RootElement.GetProperty("replicas").EnumerateArray().All(r => r.GetProperty("state").GetString() == "active");
    });

    // A byte of block 3, where it lies in its extent: the journal is applied first.
    private async Task FlipAsync(int replica)
    {
        using var control = ControlUrl.At((await _trio.WaitForAsync(replica, "control: ")).Trim());
        Assert.Equal(HttpStatusCode.OK, (await control.PostAsync("/flush")).Status);
        _trio.Flip(replica, block: 3);
    }
}
