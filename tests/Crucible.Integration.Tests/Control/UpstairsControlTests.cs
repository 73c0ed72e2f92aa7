using System.Net;
using System.Text.Json;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Prometheus;

namespace Crucible.Integration.Tests.Control;

/// <summary>What a running upstairs tells whoever looks, and what it can be told.</summary>
public sealed class UpstairsControlTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new(new Geometry(512, 100, 10));
    private RunningProgram _program = null!;
    private ControlUrl _control = null!;

    public async Task InitializeAsync()
    {
        await _trio.InitializeAsync();

        // It stays as long as its input is open.
        _program = _trio.StartUpstairs("write", "--control", "127.0.0.1:0");
        _control = await ControlUrl.OfAsync(_program);
        await _control.WaitAsync("/healthz", (status, _) => status == HttpStatusCode.OK);
    }

    public async Task DisposeAsync()
    {
        _control.Dispose();
        _program.Dispose();
        await _trio.DisposeAsync();
    }

    [Fact]
    public async Task Info_tells_the_volume_and_its_replicas()
    {
        await WaitForStatesAsync("active", "active", "active");
        var info = await _control.JsonAsync("/info");

        Assert.Equal("upstairs", info.GetProperty("role").GetString());
        Assert.NotEqual(Guid.Empty, info.GetProperty("volume").GetGuid());
        Assert.Equal("active", info.GetProperty("state").GetString());
        Assert.Equal(1, info.GetProperty("generation").GetInt64());
        Assert.Equal(512_000, info.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(512, info.GetProperty("blockSizeBytes").GetInt32());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("repair").ValueKind);
        var replicas = info.GetProperty("replicas").EnumerateArray().ToList();
        Assert.Equal([0, 1, 2], replicas.Select(r => r.GetProperty("id").GetInt32()));
        Assert.Equal(_trio.Targets, replicas.Select(r => r.GetProperty("address").GetString()!));
        Assert.All(replicas, r => Assert.InRange(DateTimeOffset.UtcNow - r.GetProperty("since").GetDateTimeOffset(), TimeSpan.Zero, RunningProgram.Patience));
        Assert.All(replicas, r => Assert.NotEqual("", r.GetProperty("cause").GetString()));
        Assert.All(replicas, r => Assert.Equal(0, r.GetProperty("outstandingJobs").GetInt32()));
        Assert.All(replicas, r => Assert.Equal(0, r.GetProperty("outstandingBytes").GetInt64()));
    }

    [Fact]
    public async Task The_history_tells_each_way_to_active_and_away_from_it()
    {
        await WaitForStatesAsync("active", "active", "active");
        await _trio.KillAsync(1);
        await WaitForStatesAsync("active", null, "active");

        var history = (await _control.JsonAsync("/info")).GetProperty("history").EnumerateArray().ToList();

        var times = history.ConvertAll(h => h.GetProperty("time").GetDateTimeOffset());
        Assert.Equal(times.Order(), times);
        for (var replica = 0; replica < 3; replica++)
        {
            var way = history.Where(h => h.GetProperty("replica").GetInt32() == replica).ToList();
            Assert.Equal("disconnected", way[0].GetProperty("from").GetString());
            Assert.Contains(way, h => h.GetProperty("to").GetString() == "active");
            for (var i = 1; i < way.Count && replica != 1; i++)
            {
                Assert.Equal(way[i - 1].GetProperty("to").GetString(), way[i].GetProperty("from").GetString());
            }
        }

        var fall = history.First(h => h.GetProperty("from").GetString() == "active");
        Assert.Equal(1, fall.GetProperty("replica").GetInt32());
        Assert.NotEqual("", fall.GetProperty("cause").GetString());
    }

    [Fact]
    public async Task Health_is_well_with_one_killed_and_ill_with_two()
    {
        await WaitForStatesAsync("active", "active", "active");
        await _trio.KillAsync(0);
        await WaitForStatesAsync(null, "active", "active");
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await _control.GetAsync("/healthz"));

        await _trio.KillAsync(2);
        var illness = await _control.WaitAsync("/healthz", (status, _) => status == HttpStatusCode.ServiceUnavailable);

        using var error = JsonDocument.Parse(illness);
        Assert.StartsWith("1 of 3 replicas active", error.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(_trio.Targets[2], error.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flush_tells_how_long_it_took_and_is_counted()
    {
        var (status, body) = await _control.PostAsync("/flush");

        Assert.Equal(HttpStatusCode.OK, status);
        using var done = JsonDocument.Parse(body);
        Assert.True(done.RootElement.GetProperty("milliseconds").GetDouble() > 0);
        var scrape = await ScrapeAsync();
        Assert.Equal(1, scrape.Value("crucible_upstairs_requests_total", ("operation", "flush")));
        Assert.Equal(1, scrape.Value("crucible_upstairs_request_duration_seconds_count", ("operation", "flush")));
    }

    [Fact]
    public async Task A_scrub_is_as_slow_as_it_was_asked_to_be_and_says_so()
    {
        await WaitForStatesAsync("active", "active", "active");

        var begun = await _control.PostAsync("/scrub", """{"rate": "1KiB"}""");
        var info = await _control.JsonAsync("/info");

        Assert.Equal(HttpStatusCode.Accepted, begun.Status);
        using var scrub = JsonDocument.Parse(begun.Body);
        Assert.Equal("running", scrub.RootElement.GetProperty("state").GetString());
        Assert.Equal(1024, scrub.RootElement.GetProperty("bytesPerSecond").GetInt64());
        Assert.Equal(1024, info.GetProperty("scrub").GetProperty("bytesPerSecond").GetInt64());
        Assert.Equal(HttpStatusCode.BadRequest, (await _control.PostAsync("/scrub", """{"rate": "fast"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _control.PostAsync("/scrub", """{"export": "disk"}""")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await _control.PostAsync("/scrub")).Status);
    }

    [Fact]
    public async Task Metrics_tell_states_and_what_was_written()
    {
        using var bench = _trio.StartUpstairs("bench", "--time", "60s", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(bench);

        var body = await control.WaitAsync("/metrics", (_, body) =>
            PrometheusScrape.Parse(body).Samples.Any(s => s is { Name: "crucible_upstairs_written_bytes_total", Value: > 0 })
            && PrometheusScrape.Parse(body).Samples.Count(s => s.Labels.GetValueOrDefault("state") == "active") == 3);

        var scrape = PrometheusScrape.Parse(body);

        Assert.Equal(1, scrape.Value("crucible_upstairs_volume_active"));
        Assert.Equal(1, scrape.Value("crucible_upstairs_replica_state", ("replica", "2"), ("address", _trio.Targets[2]), ("state", "active")));
        Assert.True(scrape.Value("crucible_upstairs_request_duration_seconds_count", ("operation", "write")) > 0);
        Assert.Contains(scrape.Samples, s => s.Name.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Work_lists_jobs_that_wait_with_fewer_than_two_the_oldest_first()
    {
        await WaitForStatesAsync("active", "active", "active");
        await _trio.SignalAsync(1, "STOP");
        await _trio.SignalAsync(2, "STOP");
        var flush = _control.PostAsync("/flush");

        var body = await _control.WaitAsync("/work", (_, body) => body.Contains("\"flush\"", StringComparison.Ordinal));

        using var work = JsonDocument.Parse(body);
        var job = work.RootElement.GetProperty("jobs")[0];
        Assert.Equal("flush", job.GetProperty("kind").GetString());
        Assert.False(job.GetProperty("answered").GetBoolean());
        Assert.True(job.GetProperty("ageSeconds").GetDouble() > 0);
        Assert.Equal(3, job.GetProperty("replicas").GetArrayLength());
        Assert.True(job.GetProperty("job").GetInt64() >= 1000);
        await _trio.SignalAsync(1, "CONT");
        await _trio.SignalAsync(2, "CONT");
        Assert.Equal(HttpStatusCode.OK, (await flush).Status);
    }

    [Theory]
    [InlineData("/nothing", HttpStatusCode.NotFound)]
    [InlineData("/flush", HttpStatusCode.MethodNotAllowed)]
    public async Task What_is_not_there_is_told_as_json(string path, HttpStatusCode status)
    {
        var answer = await _control.GetAsync(path);

        Assert.Equal(status, answer.Status);
        using var error = JsonDocument.Parse(answer.Body);
        Assert.NotEqual("", error.RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_taken_port_is_one_line_and_exit_code_1()
    {
        var taken = new Uri(_control.Address).Authority;

        var run = (await _trio.UpstairsAsync("bench", "--time", "1s", "--control", taken)).Expect(1);

        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: --control: port ", line, StringComparison.Ordinal);
        Assert.Contains("(pid ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_makes_no_sense_is_wrong_usage()
    {
        var run = (await _trio.UpstairsAsync("bench", "--control", "9001")).Expect(2);

        Assert.Contains("--control: '9001' is not host:port", run.Error, StringComparison.Ordinal);
    }

    private async Task<PrometheusScrape> ScrapeAsync() => PrometheusScrape.Parse((await _control.GetAsync("/metrics")).Body);

    // Null: anything but active.
    private Task<string> WaitForStatesAsync(params string?[] wanted) => _control.WaitAsync("/info", (_, body) =>
    {
        using var info = JsonDocument.Parse(body);
        var states = info.RootElement.GetProperty("replicas").EnumerateArray().Select(r => r.GetProperty("state").GetString());
        return states.Zip(wanted, (state, want) => want is null ? state != "active" : state == want).All(ok => ok);
    });
}
