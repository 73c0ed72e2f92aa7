using System.Diagnostics;
using System.Net;
using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

public sealed class RunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crucible-downstairs-").FullName;

    private string Data => Path.Combine(_folder, "3801");

    [Fact]
    public void The_guides_command_creates_serves_tells_of_each_job_and_stops_in_order()
    {
        using var process = DownstairsProcess.Start("-c", "-p", "0", "-d", Data, "--job-log", "all");
        var endPoint = IPEndPoint.Parse(process.WaitForLine("listening on ").Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
        using (var client = new TestClient(endPoint, new RegionDefinition(512, 100, 10)))
        {
            client.Greet();
            client.Promote(1);
            client.Write(1000, 99, 1, 1);
            client.Write(1001, 100, 1, 2);
            client.Flush(1002, 1);
            client.Read(1003, 99, 1);
            client.Send(new Protocol.GoodbyeHeader("all done"));
            client.ReceiveToEnd();
        }

        process.WaitForLine("OK: connection(1): all done");
        var began = Stopwatch.GetTimestamp();
        var (code, output, error) = process.Stop();

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2));
        Assert.Equal((0, ""), (code, error));
        string[] expected =
        [
            "Create new extent directory",
            $"created new region file \"{Data}/region.json\"",
            "Current flush_numbers: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
            "Startup Extent values: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
            $"1: version {(uint)ProtocolVersions.Newest}",
            "Write       rn:1000 eid:0 dep:[] bo:99",
            "Write       rn:1001 eid:1 dep:[] bo:0",
            "flush       rn:1002 dep:[] fln:1",
            "Read        rn:1003 eid:0 bo:99",
            "stopped; everything is durable",
        ];
        var lines = output.Split('\n');
        Assert.All(expected, line => Assert.Contains(line, lines));
        Assert.StartsWith("raw options: {", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.StartsWith("connection 1 from 127.0.0.1:", StringComparison.Ordinal) && l.EndsWith("connections count:1", StringComparison.Ordinal));
        Assert.Equal(0, DownstairsProcess.Run("verify", "-d", Data).Code);
    }

    [Fact]
    public void Without_a_job_log_no_job_is_told()
    {
        using var process = DownstairsProcess.Start("-c", "-p", "0", "-d", Data, "--job-log", "off");
        var endPoint = IPEndPoint.Parse(process.WaitForLine("listening on ").Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
        using var client = new TestClient(endPoint, new RegionDefinition(512, 100, 10));
        client.Greet();
        client.Promote(1);
        client.Write(1000, 0, 1, 1);

        Assert.DoesNotContain("rn:1000", process.Stop().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_taken_port_is_told_with_the_process_that_has_it()
    {
        using var first = DownstairsProcess.Start("-c", "-p", "0", "-d", Data, "-a", "127.0.0.1");
        var port = IPEndPoint.Parse(first.WaitForLine("listening on ")).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var (code, _, error) = DownstairsProcess.Run("-c", "-p", port, "-d", Data + "b", "-a", "127.0.0.1");

        Assert.Equal((1, $"error: port {port} is in use by crucible-downst (pid {first.Id})"), (code, error));
    }

    [Fact]
    public void A_region_in_use_is_told_with_the_process_that_has_it()
    {
        using var first = DownstairsProcess.Start("-c", "-p", "0", "-d", Data);
        first.WaitForLine("listening on ");

        var (code, _, error) = DownstairsProcess.Run("run", "-p", "0", "-d", Data);

        Assert.Equal(1, code);
        Assert.Contains(first.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n'));
        Assert.Equal(1, DownstairsProcess.Run("dump", "-d", Data).Code);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
