using System.Runtime.Versioning;
using Crucible.Integration.Tests.Control;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd;

/// <summary>Several volumes from a file.</summary>
[SupportedOSPlatform("linux")]
public sealed class ConfigurationTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    private string TargetList => string.Join(", ", trio.Targets.Select(target => $"\"{target}\""));

    [RequiresToolFact("nbdinfo")]
    public async Task Two_volumes_are_served_by_their_names()
    {
        var other = new DownstairsTrio(new Geometry(4096, 10, 5));
        await other.InitializeAsync();
        try
        {
            var file = await WriteAsync($"""
                socket = '{trio.FileNamed("two.sock")}'
                control = "127.0.0.1:0"
                max-connections = 10
                handshake-timeout = "5s"
                send-timeout = "0"

                [[export]]
                name = "small"
                targets = [{TargetList}]
                description = 'the small one'

                [[export]]
                name = "other"
                targets = [{string.Join(", ", other.Targets.Select(target => $"'{target}'"))}]
                read-only = true
                """);
            using var server = RunningProgram.Start("crucible-upstairs", "nbd", "--config", file);
            var uri = await NbdProcess.UriOfAsync(server);
            using var control = await ControlUrl.OfAsync(server);

            Assert.Equal($"nbd+unix:///small?socket={trio.FileNamed("two.sock")}", uri);
            Assert.Equal("512000", await NbdProcess.SizeAsync(uri));
            var second = uri.Replace("/small?", "/other?", StringComparison.Ordinal);
            Assert.Equal("204800", await NbdProcess.SizeAsync(second));
            Assert.Contains("is_read_only: true", await NbdProcess.RunAsync("nbdinfo", second), StringComparison.Ordinal);
            var nbd = (await control.JsonAsync("/info")).GetProperty("nbd");
            Assert.Equal(["small", "other"], nbd.GetProperty("exports").EnumerateArray().Select(e => e.GetProperty("name").GetString()!));
            await server.SignalAsync("TERM");
            (await server.WaitForEndAsync()).Expect(0);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("[[export]]\nname = \"a\"\ntargest = []", "line 1, column 1: an export needs targets, 3 of them, each \"host:port\"")]
    [InlineData("[[export]]\ntargets = [\"a:1\", \"b:2\"]", "line 2, column 11: an export needs targets")]
    [InlineData("[[export]]\ntargets = [\"a:1\", \"b:2\", \"c\"]", "line 2, column 11: 'c' is not host:port")]
    [InlineData("sokcet = \"x\"\n[[export]]\ntargets = [\"a:1\", \"b:2\", \"c:3\"]", "line 1, column 1: unknown key 'sokcet'; there are control, export, ")]
    [InlineData("[[export]]\ntargets = [\"a:1\", \"b:2\", \"c:3\"]\nack = \"slow\"", "line 3, column 7: ack must be fast or quorum, not 'slow'")]
    [InlineData("[[export]]\ntargets = [\"a:1\", \"b:2\", \"c:3\"]\n[[export]]\ntargets = [\"a:1\", \"b:2\", \"c:3\"]", "line 3, column 1: another export is called '' already")]
    [InlineData("socket = \"x", "line 1, column 10: this string does not end on its line")]
    [InlineData("max-connections = 0", "line 1, column 19: max-connections must be from 1 to 16384, not 0")]
    [InlineData("handshake-timeout = \"5\"", "line 1, column 21: handshake-timeout: '5' is not a time")]
    [InlineData("listen = \"x\"", "line 1, column 10: listen: 'x' is not host:port")]
    [InlineData("", "line 1, column 1: there is no [[export]]")]
    public async Task What_is_wrong_in_the_file_is_told_with_line_and_column(string content, string problem)
    {
        var file = await WriteAsync(content);

        var run = (await RunningProgram.RunAsync("crucible-upstairs", ["nbd", "--config", file])).Expect(2);

        Assert.StartsWith($"error: {file}: {problem}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_file_says_can_t_be_said_beside_it()
    {
        var file = await WriteAsync($"[[export]]\ntargets = [{TargetList}]");

        var run = (await trio.UpstairsAsync("nbd", "--config", file, "--listen", "127.0.0.1:0")).Expect(2);

        Assert.StartsWith("error: with --config the file names the volumes", run.Error, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync(string content)
    {
        var file = trio.FileNamed($"{Guid.NewGuid():n}.toml");
        await File.WriteAllTextAsync(file, content);
        return file;
    }
}
