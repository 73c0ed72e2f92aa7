using System.Net;
using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Control;

/// <summary>What whoever looks is told of a volume that does not open, and why it does not.</summary>
public sealed class OpeningTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new(new Geometry(512, 100, 10));

    public async Task InitializeAsync()
    {
        await _trio.InitializeAsync();
        await _trio.KillAsync(1);
        await _trio.KillAsync(2);
    }

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Theory]
    [InlineData("write")]
    [InlineData("nbd", "--listen", "127.0.0.1:0")]
    public async Task Info_tells_why_a_volume_does_not_open(params string[] command)
    {
        using var program = _trio.StartUpstairs([.. command, "--wait", "10m", "--control", "127.0.0.1:0"]);
        using var control = await ControlUrl.OfAsync(program);

        var info = await WaitForTriedAsync(control);

        Assert.Equal("upstairs", info.GetProperty("role").GetString());
        Assert.Equal("activating", info.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("generation").ValueKind);
        Assert.Equal(512_000, info.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, info.GetProperty("nbd").ValueKind);
        var replicas = info.GetProperty("replicas").EnumerateArray().ToList();
        Assert.Equal([0, 1, 2], replicas.Select(r => r.GetProperty("id").GetInt32()));
        Assert.Equal(_trio.Targets, replicas.Select(r => r.GetProperty("address").GetString()!));
        Assert.Equal("waiting", replicas[0].GetProperty("state").GetString());
        Assert.All(replicas, r => Assert.InRange(DateTimeOffset.UtcNow - r.GetProperty("since").GetDateTimeOffset(), TimeSpan.Zero, RunningProgram.Patience));
        Assert.Contains(info.GetProperty("history").EnumerateArray(), h => h.GetProperty("replica").GetInt32() == 2 && h.GetProperty("to").GetString() == "disconnected");
        Assert.Equal("""{"count":0,"waiting":0,"jobs":[]}""", (await control.GetAsync("/work")).Body);
        Assert.Equal((HttpStatusCode.OK, "null"), await control.GetAsync("/scrub"));
        Assert.Equal(HttpStatusCode.OK, (await control.GetAsync("/metrics")).Status);
    }

    [Fact]
    public async Task Health_and_verbs_are_refused_with_the_reason_until_the_volume_is_open()
    {
        using var program = _trio.StartUpstairs("write", "--wait", "10m", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(program);
        await WaitForTriedAsync(control);

        (HttpStatusCode Status, string Body)[] refusals =
        [
            await control.GetAsync("/healthz"),
            await control.PostAsync("/flush"),
            await control.PostAsync("/scrub"),
            await control.PostAsync("/replace", """{"old": "127.0.0.1:1", "new": "127.0.0.1:2"}"""),
        ];

        Assert.All(refusals, refusal =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refusal.Status);
            using var error = JsonDocument.Parse(refusal.Body);
            var text = error.RootElement.GetProperty("error").GetString();
            Assert.StartsWith("the volume is not open yet; ", text, StringComparison.Ordinal);
            Assert.Contains(_trio.Targets[1], text, StringComparison.Ordinal);
            Assert.Contains("refused", text, StringComparison.OrdinalIgnoreCase);
        });
        await _trio.StartAsync(2);
        await control.WaitAsync("/healthz", (status, _) => status == HttpStatusCode.OK);
        Assert.Equal(1, (await control.JsonAsync("/info")).GetProperty("generation").GetInt64());
    }

    [Fact]
    public async Task Nothing_that_is_not_known_yet_is_told_and_a_person_reads_the_same()
    {
        await _trio.KillAsync(0);
        using var program = _trio.StartUpstairs("bench", "--wait", "10m", "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(program);

        var info = await control.JsonAsync("/info");
        var shown = (await RunningProgram.RunAsync("crucible-upstairs", ["info", "--control", control.Address])).Expect(0).Output;

        foreach (var name in new[] { "volume", "generation", "sizeBytes", "blockSizeBytes", "extentSizeBlocks", "extentCount", "encrypted", "repair", "scrub" })
        {
            Assert.Equal(JsonValueKind.Null, info.GetProperty(name).ValueKind);
        }

        Assert.Equal(3, info.GetProperty("replicas").GetArrayLength());
        Assert.Contains("state       activating", shown, StringComparison.Ordinal);
        Assert.Contains("size        not known yet", shown, StringComparison.Ordinal);
        Assert.All(_trio.Targets, target => Assert.Contains(target, shown, StringComparison.Ordinal));
        Assert.Contains("history", shown, StringComparison.Ordinal);
    }

    // One has greeted, and the other two were tried.
    private static async Task<JsonElement> WaitForTriedAsync(ControlUrl control)
    {
        var body = await control.WaitAsync("/info", (status, body) =>
        {
            Assert.Equal(HttpStatusCode.OK, status);
            using var info = JsonDocument.Parse(body);
            var replicas = info.RootElement.GetProperty("replicas").EnumerateArray().ToList();
            return replicas[0].GetProperty("state").GetString() == "waiting"
                && replicas.Skip(1).All(r => r.GetProperty("cause").GetString()!.Contains("refused", StringComparison.OrdinalIgnoreCase));
        });
        return JsonDocument.Parse(body).RootElement;
    }
}
