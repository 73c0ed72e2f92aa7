using System.Net.Sockets;
using System.Runtime.Versioning;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd;

/// <summary>Where the server is found, and what becomes of what was there before.</summary>
[SupportedOSPlatform("linux")]
public sealed class SocketTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [RequiresToolFact("nbdinfo")]
    public async Task A_unix_socket_is_its_owner_s_alone_serves_and_is_gone_at_the_end()
    {
        var path = trio.FileNamed("a disk.sock");
        using var server = await NbdProcess.StartAsync(trio, "--socket", path);

        Assert.Equal($"nbd+unix:///?socket={path.Replace(" ", "%20", StringComparison.Ordinal)}", server.Uri);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Equal("512000", await NbdProcess.SizeAsync(server.Uri));
        await server.StopAsync();
        Assert.False(File.Exists(path));
        Assert.Empty(Directory.GetDirectories(trio.Folder, ".nbd-*"));
    }

    [RequiresToolFact("nbdinfo")]
    public async Task A_name_works_beside_the_empty_one_over_tcp_and_is_escaped()
    {
        using var server = await NbdProcess.StartAsync(trio, "--listen", "127.0.0.1:0", "--export", "a disk/ä", "--description", "mine");

        Assert.Matches("^nbd://127.0.0.1:[0-9]+/a%20disk/%C3%A4$", server.Uri);
        Assert.Equal("512000", await NbdProcess.SizeAsync(server.Uri));
        Assert.Equal("512000", await NbdProcess.SizeAsync(server.Uri[..(server.Uri.LastIndexOf("/a%20", StringComparison.Ordinal) + 1)]));
        Assert.Contains("mine", await NbdProcess.RunAsync("nbdinfo", "--list", server.Uri), StringComparison.Ordinal);
        await server.StopAsync("INT");
    }

    [RequiresToolFact("nbdinfo")]
    public async Task What_a_killed_server_left_is_replaced()
    {
        var path = trio.FileNamed("stale.sock");
        using (var killed = await NbdProcess.StartAsync(trio, "--socket", path))
        {
            await killed.Program.KillAsync();
        }

        Assert.True(File.Exists(path));
        using var server = await NbdProcess.StartAsync(trio, "--socket", path);

        Assert.Equal("512000", await NbdProcess.SizeAsync(server.Uri));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_socket_that_is_served_is_refused_and_its_volume_not_taken_over()
    {
        var path = trio.FileNamed("live.sock");
        using var first = await NbdProcess.StartAsync(trio, "--socket", path, "--control", "127.0.0.1:0");

        var second = (await trio.UpstairsAsync("nbd", "--socket", path)).Expect(1);

        Assert.Equal($"error: {path} is served by another process; stop that one first, or name another path\n", second.Error);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
        Assert.Equal("NBDMAGIC", await GreetingAsync(client));
        (await first.StopAsync()).Expect(0);
    }

    [Fact]
    public async Task What_is_no_socket_is_left_as_it_is()
    {
        var path = trio.FileNamed("precious");
        await File.WriteAllTextAsync(path, "mine");

        var run = (await trio.UpstairsAsync("nbd", "--socket", path)).Expect(1);

        Assert.StartsWith($"error: {path} is there and is no socket", run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        Assert.StartsWith("error: ", (await trio.UpstairsAsync("nbd", "--socket", trio.Folder)).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_can_t_be_and_a_port_in_use_are_one_clear_line()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var longPath = (await trio.UpstairsAsync("nbd", "--socket", trio.FileNamed(new string('x', 120)))).Expect(1);
        var absent = (await trio.UpstairsAsync("nbd", "--socket", trio.FileNamed("no/such/folder.sock"))).Expect(1);
        var inUse = (await trio.UpstairsAsync("nbd", "--listen", $"127.0.0.1:{port}")).Expect(1);

        Assert.Contains("is too long", longPath.Error, StringComparison.Ordinal);
        Assert.Contains("can't be made", absent.Error, StringComparison.Ordinal);
        Assert.StartsWith($"error: --listen: port {port} is in use by ", inUse.Error, StringComparison.Ordinal);
        Assert.All([longPath, absent, inUse], run => Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [RequiresToolFact("python3")]
    public async Task A_socket_that_was_handed_over_is_served()
    {
        var path = trio.FileNamed("given.sock");
        using var program = RunningProgram.StartTool(
            "python3", ["-c", Handover, "stream", path, RunningProgram.PathOf("crucible-upstairs"), "nbd", .. TargetArguments()]);

        Assert.Equal($"nbd+unix:///?socket={path}", await NbdProcess.UriOfAsync(program));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path));
        Assert.Equal("NBDMAGIC", await GreetingAsync(client));
        await program.SignalAsync("TERM");
        (await program.WaitForEndAsync()).Expect(0);
        Assert.True(File.Exists(path), "whoever made the socket removes it");
    }

    [RequiresToolFact("python3")]
    public async Task A_handle_that_is_no_listening_socket_is_refused()
    {
        using var program = RunningProgram.StartTool(
            "python3", ["-c", Handover, "pipe", "-", RunningProgram.PathOf("crucible-upstairs"), "nbd", .. TargetArguments()]);

        var run = (await program.FinishAsync()).Expect(2);

        Assert.StartsWith("error: file descriptor 3 of LISTEN_FDS is no listening stream socket", run.Error, StringComparison.Ordinal);
    }

    private const string Handover = """
        import os, socket, sys
        kind, path, program = sys.argv[1:4]
        if kind == "stream":
            s = socket.socket(socket.AF_UNIX)
            s.bind(path)
            s.listen(5)
            handle = s.fileno()
        else:
            handle = os.pipe()[0]
        if handle != 3:
            os.dup2(handle, 3)
        os.set_inheritable(3, True)
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.environ["LISTEN_FDS"] = "1"
        os.execv(program, sys.argv[3:])
        """;

    private IEnumerable<string> TargetArguments() => trio.Targets.SelectMany(target => new[] { "-t", target });

    private static async Task<string> GreetingAsync(Socket client)
    {
        var bytes = new byte[8];
        using var stream = new NetworkStream(client);
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(RunningProgram.Patience);
        return System.Text.Encoding.ASCII.GetString(bytes);
    }
}
