using System.Net;
using System.Text.Json;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Prometheus;

namespace Crucible.Integration.Tests.Control;

/// <summary>What a running downstairs tells whoever looks, and what it can be told.</summary>
public sealed class DownstairsControlTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new() { DownstairsArguments = ["--control", "127.0.0.1:0", "--scrub-rate", "1GiB"] };
    private ControlUrl _control = null!;

    public async Task InitializeAsync()
    {
        await _trio.InitializeAsync();
        _control = ControlUrl.At((await _trio.WaitForAsync(0, "control: ")).Trim());
    }

    public async Task DisposeAsync()
    {
        _control.Dispose();
        await _trio.DisposeAsync();
    }

    [Fact]
    public async Task Info_tells_the_region_and_who_is_connected()
    {
        using var program = _trio.StartUpstairs("write", "--control", "127.0.0.1:0");
        var body = await _control.WaitAsync("/info", (_, body) => body.Contains("\"active\"", StringComparison.Ordinal));

        using var document = JsonDocument.Parse(body);
        var info = document.RootElement;
        Assert.Equal("downstairs", info.GetProperty("role").GetString());
        Assert.Equal(_trio.Targets[0], info.GetProperty("address").GetString());
        Assert.Equal(_trio.RegionOf(0), info.GetProperty("data").GetString());
        Assert.NotEqual(Guid.Empty, info.GetProperty("region").GetGuid());
        Assert.NotEqual(Guid.Empty, info.GetProperty("volume").GetGuid());
        Assert.Equal("serving", info.GetProperty("state").GetString());
        Assert.Equal(512_000, info.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(1, info.GetProperty("promised").GetInt64());
        Assert.False(info.GetProperty("repairing").GetBoolean());
        Assert.True(info.GetProperty("journal").GetProperty("sizeBytes").GetInt64() > 0);
        var connection = Assert.Single(info.GetProperty("connections").EnumerateArray());
        Assert.StartsWith("127.0.0.1:", connection.GetProperty("peer").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(Guid.Empty, connection.GetProperty("session").GetGuid());
        Assert.Equal(1, connection.GetProperty("generation").GetInt64());
        Assert.InRange(DateTimeOffset.UtcNow - connection.GetProperty("since").GetDateTimeOffset(), TimeSpan.Zero, RunningProgram.Patience);
    }

    [Fact]
    public async Task Metrics_count_jobs_and_bytes()
    {
        (await _trio.UpstairsAsync(new byte[8192], "write")).Expect(0);

        var scrape = PrometheusScrape.Parse((await _control.GetAsync("/metrics")).Body);

        Assert.True(scrape.Value("crucible_downstairs_jobs_total", ("operation", "write")) >= 1);
        Assert.True(scrape.Value("crucible_downstairs_jobs_total", ("operation", "flush")) >= 1);
        Assert.Equal(8192, scrape.Value("crucible_downstairs_written_bytes_total"));
        Assert.True(scrape.Value("crucible_downstairs_syncs_total") >= 1);
        Assert.Equal(scrape.Value("crucible_downstairs_syncs_total"), scrape.Value("crucible_downstairs_sync_duration_seconds_count"));
        Assert.Equal(0, scrape.Value("crucible_downstairs_faulted"));
        Assert.Equal(1, scrape.Value("crucible_downstairs_generation_promised"));
    }

    [Fact]
    public async Task A_flush_leaves_nothing_in_the_journal()
    {
        (await _trio.UpstairsAsync(new byte[8192], "write")).Expect(0);

        var (status, body) = await _control.PostAsync("/flush");

        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Equal(0, (await _control.JsonAsync("/info")).GetProperty("journal").GetProperty("usedBytes").GetInt64());
    }

    [Fact]
    public async Task Health_and_work_of_an_idle_daemon_are_well()
    {
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await _control.GetAsync("/healthz"));
        var work = await _control.JsonAsync("/work");

        Assert.Equal(0, work.GetProperty("uncommitted").GetInt32());
        Assert.Equal(0, work.GetProperty("unsynced").GetInt32());
        Assert.Equal(0, work.GetProperty("reads").GetInt32());
        Assert.Empty(work.GetProperty("jobs").EnumerateArray());
    }

    [Fact]
    public async Task A_scrub_of_a_sound_region_finds_nothing()
    {
        (await _trio.UpstairsAsync(new byte[8192], "write")).Expect(0);

        Assert.Equal(HttpStatusCode.Accepted, (await _control.PostAsync("/scrub")).Status);
        var scrub = await WaitForScrubAsync();

        Assert.Equal("done", scrub.GetProperty("state").GetString());
        Assert.Equal(512_000, scrub.GetProperty("checkedBytes").GetInt64());
        Assert.Equal(0, scrub.GetProperty("badBlocks").GetInt64());
        Assert.Equal("done", (await _control.JsonAsync("/info")).GetProperty("scrub").GetProperty("state").GetString());
    }

    [Fact]
    public async Task I6_a_scrub_finds_a_flipped_byte_and_says_where()
    {
        var data = new byte[51_200];
        new Random(1).NextBytes(data);
        (await _trio.UpstairsAsync(data, "write")).Expect(0);
        Assert.Equal(HttpStatusCode.OK, (await _control.PostAsync("/flush")).Status);
        _trio.Flip(0, block: 5);

        await _control.PostAsync("/scrub");
        var scrub = await WaitForScrubAsync();

        Assert.Equal(1, scrub.GetProperty("badBlocks").GetInt64());
        var damage = Assert.Single(scrub.GetProperty("damage").EnumerateArray());
        Assert.Equal(5, damage.GetProperty("block").GetInt64());
        Assert.Equal(0, damage.GetProperty("extent").GetInt64());
        Assert.Contains("damaged", await _trio.WaitForErrorAsync(0, "scrub: 1 blocks from block 5 on"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_one_scrub_runs_at_a_time_and_a_stop_ends_it()
    {
        await _trio.StopAsync(1);
        using var slow = RunningProgram.Start(
            "crucible-downstairs", "run", "-d", _trio.RegionOf(1), "-a", "127.0.0.1", "-p", "0", "--control", "127.0.0.1:0", "--scrub-rate", "1");
        using var control = ControlUrl.At((await slow.WaitForAsync("control: ")).Trim());
        await control.WaitAsync("/healthz", (status, _) => status == HttpStatusCode.OK);

        Assert.Equal(HttpStatusCode.Accepted, (await control.PostAsync("/scrub")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await control.PostAsync("/scrub")).Status);
        Assert.Equal("running", (await control.JsonAsync("/scrub")).GetProperty("state").GetString());
        Assert.Equal(1, (await control.JsonAsync("/scrub")).GetProperty("bytesPerSecond").GetInt64());

        await slow.SignalAsync("TERM");
        var end = (await slow.WaitForEndAsync()).Expect(0);
        Assert.Contains("scrub was stopped", end.Output, StringComparison.Ordinal);
        Assert.Contains("stopped; everything is durable", end.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrub_is_as_fast_as_it_was_asked_to_be()
    {
        await _trio.StopAsync(1);
        using var slow = RunningProgram.Start(
            "crucible-downstairs", "run", "-d", _trio.RegionOf(1), "-a", "127.0.0.1", "-p", "0", "--control", "127.0.0.1:0", "--scrub-rate", "1");
        var address = (await slow.WaitForAsync("control: ")).Trim();
        using var control = ControlUrl.At(address);
        await control.WaitAsync("/healthz", (status, _) => status == HttpStatusCode.OK);

        var run = (await RunningProgram.RunAsync("crucible-upstairs", ["scrub", "--control", address, "--rate", "1GiB", "--json"])).Expect(0);

        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal("done", report.RootElement.GetProperty("state").GetString());
        Assert.Equal(1L << 30, report.RootElement.GetProperty("bytesPerSecond").GetInt64());
    }

    [Theory]
    [InlineData("""{"rate": "much"}""", "rate: 'much' is not a size")]
    [InlineData("""{"rate": "0"}""", "rate: must be a byte a second or more")]
    [InlineData("""{"export": "disk"}""", "a downstairs has a region, and no export")]
    [InlineData("""{"speed": "1"}""", "the body is not what is wanted here")]
    public async Task A_scrub_that_makes_no_sense_is_a_bad_request(string body, string error)
    {
        var answer = await _control.PostAsync("/scrub", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(error, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_is_scrubbed_every_so_often()
    {
        await _trio.StopAsync(2);
        using var daemon = RunningProgram.Start(
            "crucible-downstairs", "run", "-d", _trio.RegionOf(2), "-a", "127.0.0.1", "-p", "0", "--scrub-interval", "50ms");

        await daemon.WaitForAsync("scrub has read everything");
    }

    [Theory]
    [InlineData("--scrub-rate", "0")]
    [InlineData("--scrub-rate", "much")]
    [InlineData("--scrub-interval", "30d")]
    [InlineData("--control", "9001")]
    public async Task Options_that_make_no_sense_are_wrong_usage(string option, string value)
    {
        var run = await RunningProgram.RunAsync("crucible-downstairs", ["run", "-d", _trio.RegionOf(0), "-p", "0", option, value]);

        Assert.StartsWith("error: ", run.Expect(2).Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> WaitForScrubAsync()
    {
        var body = await _control.WaitAsync("/scrub", (_, body) => !body.Contains("\"running\"", StringComparison.Ordinal));
        return JsonDocument.Parse(body).RootElement;
    }
}
