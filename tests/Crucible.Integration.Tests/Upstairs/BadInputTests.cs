using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

[SupportedOSPlatform("linux")]
public sealed class BadInputTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Theory]
    [InlineData("error: --ack must be fast or quorum, not 'slow'", "info", "--ack", "slow")]
    [InlineData("error: --length: '1x' is not a size: give a whole number of bytes, or of K, M, G, T, P or E (KiB, MiB, …)", "read", "-n", "1x")]
    [InlineData("error: --wait: '5' is not a time: it lacks a unit (us, ms, s, m, h or d)", "info", "--wait", "5")]
    [InlineData("error: --count must be 1 or more", "ping", "-c", "0")]
    [InlineData("error: --mix must be from 0 to 100, not 101", "bench", "--mix", "101")]
    [InlineData("error: --depth must be from 1 to 4096, not 0", "bench", "--depth", "0")]
    [InlineData("error: write writes to the volume: leave out --read-only", "write", "--read-only")]
    [InlineData("error: with --expect the file tells the seeds: leave out --seed", "verify", "--expect", "x", "--seed", "1")]
    [InlineData("error: --after-crash needs --expect, and can't be read only: the volume must have recovered for good", "verify", "--after-crash")]
    public async Task Wrong_flags_are_one_clear_line_and_exit_code_2(string error, params string[] arguments)
    {
        var run = (await trio.UpstairsAsync(arguments)).Expect(2);

        Assert.Equal(error, run.Error.Split('\n')[0]);
        Assert.Equal("", run.Output);
    }

    [Theory]
    [InlineData("error: give the three targets", "info")]
    [InlineData("error: a volume has 3 targets, not 2", "info", "-t", "127.0.0.1:1,127.0.0.1:2")]
    [InlineData("error: a volume has 3 targets, not 4", "info", "-t", "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4")]
    [InlineData("error: the same target is given twice", "info", "-t", "127.0.0.1:1,127.0.0.1:2,127.0.0.1:1")]
    [InlineData("error: --target: 'localhost' is not host:port", "info", "-t", "localhost")]
    [InlineData("error: --target: '127.0.0.1:70000' is not host:port", "info", "-t", "127.0.0.1:70000")]
    [InlineData("error: key file /nonexistent/key", "info", "-t", "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3", "--key-file", "/nonexistent/key")]
    public async Task Targets_that_can_not_be_are_one_clear_line_and_exit_code_2(string error, params string[] arguments)
    {
        var run = (await RunningProgram.RunAsync("crucible-upstairs", arguments)).Expect(2);

        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_region_under_two_addresses_is_noticed()
    {
        var run = (await RunningProgram.RunAsync(
            "crucible-upstairs", ["-t", trio.Targets[0], "-t", $"localhost:{trio.Ports[0]}", "-t", trio.Targets[1], "-q"])).Expect(1);

        Assert.Matches("^error: targets 0 and 1 are the same region [0-9a-f-]+\n$", run.Error);
    }

    [Fact]
    public async Task Targets_of_different_geometry_are_refused()
    {
        var mixed = new DownstairsTrio(Geometry.Guide, Geometry.Guide, new Geometry(512, 100, 11));
        await mixed.InitializeAsync();
        try
        {
            var run = (await mixed.UpstairsAsync("-q")).Expect(1);

            Assert.Contains("targets disagree in geometry", run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            await mixed.DisposeAsync();
        }
    }

    [Fact]
    public async Task Targets_that_never_answer_end_in_exit_code_4_after_the_wait()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();

        var run = (await RunningProgram.RunAsync(
            "crucible-upstairs",
            ["info", "--wait", "1s", "-t", first.LocalEndpoint.ToString()!, "-t", second.LocalEndpoint.ToString()!, "-t", trio.Targets[0]])).Expect(4);

        Assert.StartsWith($"error: fewer than two of three downstairs are there; {first.LocalEndpoint}: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Targets_that_refuse_end_in_exit_code_4_and_are_named()
    {
        var absent = $"127.0.0.1:{FreePorts.Take()}";
        var other = $"127.0.0.1:{FreePorts.Take()}";

        var run = (await RunningProgram.RunAsync(
            "crucible-upstairs", ["info", "--wait", "1s", "-t", absent, "-t", other, "-t", trio.Targets[0]])).Expect(4);

        Assert.Equal($"error: fewer than two of three downstairs are there; {absent}: connection refused; {other}: connection refused\n", run.Error);
    }

    [Fact]
    public async Task A_generation_that_was_taken_is_refused()
    {
        (await trio.UpstairsAsync("-q", "--gen", "1000")).Expect(0);

        var run = (await trio.UpstairsAsync("-q", "--gen", "999")).Expect(1);

        Assert.Contains("generation 999 was refused: 1000 was promised before", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_for_a_volume_without_encryption_is_refused()
    {
        var key = trio.FileNamed("key");
        await File.WriteAllBytesAsync(key, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var run = (await trio.UpstairsAsync("info", "--key-file", key)).Expect(1);

        Assert.Contains("Encryption", run.Error, StringComparison.Ordinal);
    }
}
