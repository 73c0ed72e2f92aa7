using System.Runtime.Versioning;
using System.Text.Json;
using Crucible.Integration.Tests.Control;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd;

/// <summary>How a server begins, what it tells meanwhile, and how it ends.</summary>
[SupportedOSPlatform("linux")]
public sealed class LifeTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [RequiresToolFact("nbdcopy")]
    public async Task I1_what_a_client_wrote_without_a_flush_is_there_after_a_stop_in_order_and_a_loss_of_all()
    {
        var path = trio.FileNamed("life.sock");
        var image = trio.FileNamed("image");
        var data = new byte[512_000];
        new Random(1).NextBytes(data);
        await File.WriteAllBytesAsync(image, data);
        using (var server = await NbdProcess.StartAsync(trio, "--socket", path, "--pid-file", trio.FileNamed("pid")))
        {
            Assert.Equal($"{server.Program.Id}\n", await File.ReadAllTextAsync(trio.FileNamed("pid")));
            await NbdProcess.RunAsync("nbdcopy", image, server.Uri);
            await server.StopAsync();
        }

        Assert.False(File.Exists(trio.FileNamed("pid")));
        await trio.KillAllAsync();
        await trio.StartAllAsync();
        using var again = await NbdProcess.StartAsync(trio, "--socket", path, "--read-only");
        await NbdProcess.RunAsync("nbdcopy", again.Uri, trio.FileNamed("copy"));
        Assert.Equal(data, await File.ReadAllBytesAsync(trio.FileNamed("copy")));
        Assert.Contains("is_read_only: true", await NbdProcess.RunAsync("nbdinfo", again.Uri), StringComparison.Ordinal);
        await again.StopAsync();
    }

    [RequiresToolFact("nbdinfo")]
    public async Task A_captive_command_finds_its_disk_and_its_status_is_ours()
    {
        var run = await trio.UpstairsAsync(
            "nbd", "--export", "disk", "--run", "nbdinfo --size \"$uri\"; echo $exportname; test -S \"$unixsocket\" && echo $unixsocket; exit 7");

        run.Expect(7);
        var lines = run.Output.Split('\n');
        Assert.Equal(("512000", "disk"), (lines[0], lines[1]));
        Assert.False(Directory.Exists(Path.GetDirectoryName(lines[2])));
        (await trio.UpstairsAsync("nbd", "--listen", "127.0.0.1:0", "--run", "nbdinfo \"nbd://127.0.0.1:$port/\" > /dev/null")).Expect(0);
    }

    [Fact]
    public async Task A_captive_command_ends_with_its_server()
    {
        using var server = trio.StartUpstairs("nbd", "--run", "trap 'echo ended; exit 9' TERM; echo began; while true; do sleep 0.1; done");
        await server.WaitForAsync("began");

        await server.SignalAsync("TERM");

        Assert.Contains("ended", (await server.WaitForEndAsync()).Expect(9).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_captive_command_ends_within_two_seconds_of_a_server_that_was_killed_with_all_it_has_started()
    {
        // A child, one in a session of its own, one without its environment, one that has lost its parent, one that ignores SIGTERM.
        using var server = trio.StartUpstairs("nbd", "--run", """
            sleep 1000 & a=$!
            setsid sleep 1000 & b=$!
            env -i sleep 1000 & c=$!
            d=$(sh -c 'sleep 1000 >/dev/null & echo $!')
            sh -c 'trap "" TERM; sleep 1000' & e=$!
            sleep 1
            echo "began $$ $a $b $c $d $e"
            wait
            """);
        var ids = (await server.WaitForAsync("began ")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, ids.Length);
        Assert.All(ids, id => Assert.True(Lives(id), id));

        await server.KillAsync();

        var until = DateTime.UtcNow + TimeSpan.FromSeconds(2);
        while (ids.Any(Lives) && DateTime.UtcNow < until)
        {
            await Task.Delay(20);
        }

        Assert.DoesNotContain(ids, Lives);
    }

    [Fact]
    public async Task A_captive_command_reads_and_writes_the_standard_streams_and_what_it_leaves_behind_is_left()
    {
        var input = new byte[100_000];
        new Random(1).NextBytes(input);

        var run = (await trio.UpstairsAsync(input, "nbd", "--run", "sleep 1000 >/dev/null 2>&1 & echo $! >&2; cat; exit 3")).Expect(3);

        Assert.Equal(input, run.Bytes);
        var left = run.Error.Trim();
        Assert.True(Lives(left));
        await NbdProcess.RunAsync("kill", left);
    }

    [Fact]
    public async Task It_tells_where_it_serves_as_json_and_what_it_serves_at_its_control_port()
    {
        var path = trio.FileNamed("told.sock");
        using var server = trio.StartUpstairs("nbd", "--socket", path, "--json", "--control", "127.0.0.1:0");
        var told = JsonDocument.Parse($"{{{await server.WaitForAsync("{")}").RootElement;
        using var control = await ControlUrl.OfAsync(server);

        Assert.Equal($"nbd+unix:///?socket={path}", told.GetProperty("uris")[0].GetString());
        Assert.Equal(server.Id, told.GetProperty("pid").GetInt32());
        var nbd = (await control.JsonAsync("/info")).GetProperty("nbd");
        Assert.Equal(512_000, nbd.GetProperty("exports")[0].GetProperty("sizeBytes").GetInt64());
        Assert.Empty(nbd.GetProperty("connections").EnumerateArray());
        Assert.Contains("crucible_nbd_connections", (await control.GetAsync("/metrics")).Body, StringComparison.Ordinal);
        await server.SignalAsync("INT");
        (await server.WaitForEndAsync()).Expect(0);
    }

    [RequiresToolFact("nbdinfo")]
    public async Task I5_it_keeps_serving_while_replicas_come_and_go()
    {
        using var server = await NbdProcess.StartAsync(trio, "--listen", "127.0.0.1:0");
        for (var replica = 0; replica < 3; replica++)
        {
            await trio.KillAsync(replica);
            await NbdProcess.RunAsync("nbdinfo", "--map", server.Uri);
            await trio.StartAsync(replica);
        }

        await server.StopAsync();
    }

    [Fact]
    public async Task A_server_whose_volume_is_taken_over_says_so_and_ends()
    {
        using var server = await NbdProcess.StartAsync(trio, "--listen", "127.0.0.1:0");

        (await trio.UpstairsAsync("-q")).Expect(0);

        var end = (await server.Program.WaitForEndAsync()).Expect(1);
        Assert.StartsWith("error: the volume is superseded: ", end.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: say where to serve", "nbd")]
    [InlineData("error: --listen: '5' is not host:port", "nbd", "--listen", "5")]
    [InlineData("error: --max-connections must be from 1 to 16384, not 0", "nbd", "--listen", "127.0.0.1:0", "--max-connections", "0")]
    [InlineData("error: --handshake-timeout must be longer than 0", "nbd", "--listen", "127.0.0.1:0", "--handshake-timeout", "0")]
    [InlineData("error: --send-timeout: 'long' is not a time", "nbd", "--listen", "127.0.0.1:0", "--send-timeout", "long")]
    [InlineData("error: --send-timeout must be 0 or longer, and at most 1d", "nbd", "--listen", "127.0.0.1:0", "--send-timeout", "2d")]
    [InlineData("error: --tls must be off or on or require, not 'yes'", "nbd", "--listen", "127.0.0.1:0", "--tls", "yes")]
    [InlineData("error: --tls needs --tls-certificates DIR", "nbd", "--listen", "127.0.0.1:0", "--tls", "on")]
    [InlineData("error: certificates are of no use without --tls", "nbd", "--listen", "127.0.0.1:0", "--tls-certificates", "/tmp")]
    [InlineData("error: --tls-certificates: /nonexistent/server-cert.pem", "nbd", "--listen", "127.0.0.1:0", "--tls", "require", "--tls-certificates", "/nonexistent")]
    [InlineData("error: --request-timeout and --hung-after must be longer than 0", "nbd", "--listen", "127.0.0.1:0", "--request-timeout", "0")]
    [InlineData("error: --config: /nonexistent.toml can't be read", "nbd", "--config", "/nonexistent.toml")]
    public async Task Wrong_flags_are_one_clear_line_and_exit_code_2(string error, params string[] arguments)
    {
        var run = (await trio.UpstairsAsync(arguments)).Expect(2);

        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    // One that waits for its parent to notice its end has ended.
    private static bool Lives(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0] != 'Z';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [RequiresToolFact("nbdcopy")]
    public async Task A_guest_waits_for_a_second_replica_as_long_as_it_is_told_and_then_gets_an_error()
    {
        using var server = await NbdProcess.StartAsync(trio, "--listen", "127.0.0.1:0", "--request-timeout", "1s");
        await Task.WhenAll(trio.KillAsync(0), trio.KillAsync(1));
        var image = trio.FileNamed("unwritten");
        await File.WriteAllBytesAsync(image, Enumerable.Repeat((byte)1, 4096).ToArray());
        using var copy = RunningProgram.StartTool("nbdcopy", image, server.Uri);

        var end = await copy.WaitForEndAsync();

        Assert.NotEqual(0, end.Code);
        await Task.WhenAll(trio.StartAsync(0), trio.StartAsync(1));
        await server.Program.KillAsync();
    }
}
