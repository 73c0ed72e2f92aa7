using System.Net;
using System.Text.Json;
using Crucible.Integration.Tests.Nbd;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Control;

/// <summary>One server with two volumes, told of and acted on by the names of their exports.</summary>
public sealed class SeveralVolumesTests : IAsyncLifetime
{
    private readonly DownstairsTrio _first = new(new Geometry(512, 100, 10));
    private readonly DownstairsTrio _second = new(new Geometry(4096, 10, 5));
    private RunningProgram _server = null!;
    private ControlUrl _control = null!;

    public async Task InitializeAsync()
    {
        await Task.WhenAll(_first.InitializeAsync(), _second.InitializeAsync());
        var file = _first.FileNamed("two.toml");
        await File.WriteAllTextAsync(file, $"""
            [[export]]
            name = "small"
            targets = [{ListOf(_first)}]

            [[export]]
            name = "other"
            targets = [{ListOf(_second)}]
            """);
        _server = RunningProgram.Start("crucible-upstairs", "nbd", "--config", file, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0");
        _control = await ControlUrl.OfAsync(_server);
        await NbdProcess.UriOfAsync(_server);
        await _control.WaitAsync("/info", (_, body) => CountOf(body, "active") == 6);
    }

    public async Task DisposeAsync()
    {
        _control.Dispose();
        _server.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Info_has_a_whole_document_for_each_and_a_person_sees_both()
    {
        var info = await _control.JsonAsync("/info");
        var shown = (await RunAsync("info", "--control", _control.Address)).Expect(0).Output;

        var volumes = info.GetProperty("volumes").EnumerateArray().ToList();
        Assert.Equal(["small", "other"], volumes.Select(v => v.GetProperty("export").GetString()!));
        Assert.Equal([512_000L, 204_800L], volumes.Select(v => v.GetProperty("sizeBytes").GetInt64()));
        Assert.Equal(_first.Targets, TargetsOf(volumes[0]));
        Assert.Equal(_second.Targets, TargetsOf(volumes[1]));
        Assert.All(volumes, v => Assert.NotEmpty(v.GetProperty("history").EnumerateArray()));
        Assert.All(volumes, v => Assert.False(v.TryGetProperty("volumes", out _)));

        // Beside them, the first one again.
        Assert.Equal(volumes[0].GetProperty("volume").GetGuid(), info.GetProperty("volume").GetGuid());
        Assert.Equal(2, info.GetProperty("nbd").GetProperty("exports").GetArrayLength());
        Assert.Contains("export      'small'", shown, StringComparison.Ordinal);
        Assert.Contains("export      'other'", shown, StringComparison.Ordinal);
        Assert.All([.. _first.Targets, .. _second.Targets], target => Assert.Contains(target, shown, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Work_tells_whose_job_it_is_and_health_whose_illness()
    {
        await _second.SignalAsync(1, "STOP");
        await _second.SignalAsync(2, "STOP");
        var flush = _control.PostAsync("/flush");

        var body = await _control.WaitAsync("/work", (_, body) => body.Contains("\"export\":\"other\"", StringComparison.Ordinal));
        var illness = await _control.WaitAsync("/healthz", (status, _) => status == HttpStatusCode.ServiceUnavailable);

        using var work = JsonDocument.Parse(body);
        var job = work.RootElement.GetProperty("jobs").EnumerateArray().First(job => job.GetProperty("export").GetString() == "other");
        Assert.Equal("flush", job.GetProperty("kind").GetString());
        Assert.Contains("export 'other': 1 of 3 replicas active", illness, StringComparison.Ordinal);
        await _second.SignalAsync(1, "CONT");
        await _second.SignalAsync(2, "CONT");
        Assert.Equal(HttpStatusCode.OK, (await flush).Status);
    }

    [Theory]
    [InlineData("/scrub", null, "several volumes are served here")]
    [InlineData("/scrub", """{"export": "nobody"}""", "there is no export 'nobody' here; there is 'small', 'other'")]
    [InlineData("/replace", """{"old": "a:1", "new": "b:1"}""", "several volumes are served here")]
    [InlineData("/replace", """{"old": "a:1", "new": "b:1", "export": "nobody"}""", "there is no export 'nobody' here")]
    public async Task Which_volume_is_meant_must_be_said(string path, string? body, string error)
    {
        var answer = await _control.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(error, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_is_scrubbed_and_a_replica_of_one_replaced_by_name()
    {
        using var fourth = RunningProgram.Start(
            "crucible-downstairs", "-c", "-d", _second.FileNamed("fourth"), "-a", "127.0.0.1", "-p", "0", "--block-size", "4096", "--extent-size", "10", "--extent-count", "5");
        var address = $"127.0.0.1:{await fourth.WaitForAsync("listening on 127.0.0.1:")}".Trim();

        var scrub = (await RunAsync("scrub", "--control", _control.Address, "--export", "other", "--json")).Expect(0).Output;
        (await RunAsync("replace", "--control", _control.Address, "--export", "other", "--old", _second.Targets[2], "--new", address)).Expect(0);

        using var report = JsonDocument.Parse(scrub);
        Assert.Equal("done", report.RootElement.GetProperty("state").GetString());
        Assert.Equal(204_800, report.RootElement.GetProperty("totalBytes").GetInt64());
        var scrubs = (await _control.JsonAsync("/scrub")).GetProperty("volumes").EnumerateArray().ToList();
        Assert.Equal(JsonValueKind.Null, scrubs[0].GetProperty("scrub").ValueKind);
        Assert.Equal("done", scrubs[1].GetProperty("scrub").GetProperty("state").GetString());
        var volumes = (await _control.JsonAsync("/info")).GetProperty("volumes");
        Assert.Equal([_second.Targets[0], _second.Targets[1], address], TargetsOf(volumes[1]));
        Assert.Equal(_first.Targets, TargetsOf(volumes[0]));
        Assert.StartsWith("error: several volumes", (await RunAsync("scrub", "--control", _control.Address)).Expect(1).Error, StringComparison.Ordinal);
        Assert.StartsWith("error: --export is for a running server", (await RunAsync("scrub", "--export", "other")).Expect(2).Error, StringComparison.Ordinal);
    }

    private static Task<Finished> RunAsync(params string[] arguments) => RunningProgram.RunAsync("crucible-upstairs", arguments);

    private static string ListOf(DownstairsTrio trio) => string.Join(", ", trio.Targets.Select(target => $"\"{target}\""));

    private static IEnumerable<string> TargetsOf(JsonElement volume) =>
        volume.GetProperty("replicas").EnumerateArray().Select(r => r.GetProperty("address").GetString()!);

    private static int CountOf(string body, string state)
    {
        using var info = JsonDocument.Parse(body);
        return info.RootElement.GetProperty("volumes").EnumerateArray()
            .SelectMany(volume => volume.GetProperty("replicas").EnumerateArray())
            .Count(replica => replica.GetProperty("state").GetString() == state);
    }
}
