using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Crucible.Dsc.Tests.Programs;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _first = FreePorts.ThreeInARow();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_demo_makes_three_regions_runs_the_client_and_stops_everything()
    {
        await using var demo = Start(new FakePrograms(_folder));

        Assert.Equal(0, await demo.ExitCodeAsync());

        Assert.Contains($"client -t 127.0.0.1:{_first} -t 127.0.0.1:{_first + 1} -t 127.0.0.1:{_first + 2}", demo.Output.All);
        Assert.Contains($"{_first} | listening on 127.0.0.1:{_first}", demo.Output.All);
        Assert.Contains($"The volume lies in {Region(0)}, {Region(1)}, {Region(2)}: three regions, all alike.", demo.Output.All);
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
        Assert.Equal(
            $"-d {Region(0)} --block-size 512 --extent-size 100 --extent-count 10",
            (await File.ReadAllTextAsync($"{Region(0)}.arguments")).Trim());
        Assert.Empty(demo.Errors.All);
    }

    [Fact]
    public async Task A_second_demo_works_on_the_same_regions()
    {
        var programs = new FakePrograms(_folder);
        await using var first = Start(programs);
        Assert.Equal(0, await first.ExitCodeAsync());

        await using var second = Start(programs);

        Assert.Equal(0, await second.ExitCodeAsync());
        Assert.Contains($"Using the region in {Region(1)}", second.Output.All);
        Assert.All(Regions(), region => Assert.Equal(2, FakePrograms.ProcessIds(region).Count));
    }

    [Fact]
    public async Task A_client_that_fails_fails_the_demo_and_everything_is_stopped()
    {
        await using var demo = Start(new FakePrograms(_folder, "echo mismatch >&2; exit 3"));

        Assert.Equal(1, await demo.ExitCodeAsync());

        Assert.Contains("mismatch", demo.Output.All);
        Assert.Contains("The client failed with exit code 3.", demo.Output.All);
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_process_that_has_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _first + 1);
        listener.Start();
        await using var demo = Start(new FakePrograms(_folder));

        Assert.Equal(1, await demo.ExitCodeAsync());

        var error = Assert.Single(demo.Errors.All);
        Assert.StartsWith($"error: port {_first + 1} is taken by ", error, StringComparison.Ordinal);
        Assert.EndsWith(
            $"(pid {Environment.ProcessId}): stop it, or let the demo take free ports with --any-port", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Region(0)));
    }

    [Fact]
    public async Task With_any_port_a_free_one_stands_in_for_one_that_is_taken()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _first + 1);
        listener.Start();
        await using var demo = Start(new FakePrograms(_folder), "--any-port");

        Assert.Equal(0, await demo.ExitCodeAsync());

        Assert.Contains($"client -t 127.0.0.1:{_first} -t 127.0.0.1:4000 -t 127.0.0.1:{_first + 2}", demo.Output.All);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_while_the_client_runs_stops_everything(string signal)
    {
        await using var demo = Start(new FakePrograms(_folder, "echo busy; while read -r line; do :; done; echo client drained"));
        await demo.Output.NextAsync("busy");

        FakePrograms.Signal(signal, demo.Id);

        Assert.Equal(130, await demo.ExitCodeAsync());
        Assert.Contains("client drained", demo.Output.All);
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
        Assert.Empty(demo.Errors.All);
    }

    [Fact]
    public async Task Kept_downstairs_run_until_the_demo_is_stopped()
    {
        await using var demo = Start(new FakePrograms(_folder), "--keep");
        await demo.Output.NextAsync("The three downstairs run until Ctrl-C.");
        Assert.All(Regions(), region => Assert.False(FakePrograms.Drained(region)));

        FakePrograms.Signal("INT", demo.Id);

        Assert.Equal(0, await demo.ExitCodeAsync());
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
    }

    [Fact]
    public async Task A_demo_that_is_killed_takes_its_downstairs_along()
    {
        await using var demo = Start(new FakePrograms(_folder), "--keep");
        await demo.Output.NextAsync("The three downstairs run until Ctrl-C.");

        FakePrograms.Signal("KILL", demo.Id);

        await Task.WhenAll(Regions().SelectMany(FakePrograms.ProcessIds).Select(FakePrograms.GoneAsync));
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
    }

    [Fact]
    public async Task A_program_whose_lifeline_ends_stops_in_order()
    {
        var programs = new FakePrograms(_folder);
        await using var demo = DscProcess.Start(lifeline: true, [.. Arguments(programs), "--keep"]);
        await demo.Output.NextAsync("The three downstairs run until Ctrl-C.");

        demo.CloseInput();

        Assert.Equal(0, await demo.ExitCodeAsync());
        Assert.All(Regions(), region => Assert.True(FakePrograms.Drained(region)));
    }

    [Fact]
    public async Task Without_a_lifeline_the_end_of_standard_input_means_nothing()
    {
        await using var demo = Start(new FakePrograms(_folder, "echo client; sleep 0.2; echo all Tests done"));
        demo.CloseInput();

        Assert.Equal(0, await demo.ExitCodeAsync());
        Assert.Contains("all Tests done", demo.Output.All);
    }

    [Fact]
    public async Task The_report_has_standard_output_to_itself()
    {
        await using var demo = Start(new FakePrograms(_folder), "--json");

        Assert.Equal(0, await demo.ExitCodeAsync());

        var report = JsonDocument.Parse(string.Join('\n', demo.Output.All)).RootElement;
        Assert.True(report.GetProperty("ok").GetBoolean());
        Assert.Equal(0, report.GetProperty("clientExitCode").GetInt32());
        var second = report.GetProperty("downstairs")[1];
        Assert.Equal(Region(1), second.GetProperty("region").GetString());
        Assert.True(second.GetProperty("created").GetBoolean());
        Assert.Equal($"127.0.0.1:{_first + 1}", second.GetProperty("address").GetString());
        Assert.Contains("all Tests done", demo.Errors.All);
    }

    private IEnumerable<string> Regions() => Enumerable.Range(0, 3).Select(Region);

    private string Region(int index) => _folder[$"var/{_first + index}"];

    private IEnumerable<string> Arguments(FakePrograms programs) =>
    [
        "demo", "--dir", _folder["var"], "--port-base", $"{_first}", "--ds-bin", programs.Downstairs, "--us-bin", programs.Upstairs,
    ];

    private DscProcess Start(FakePrograms programs, params string[] more) => DscProcess.Start([.. Arguments(programs), .. more]);
}
