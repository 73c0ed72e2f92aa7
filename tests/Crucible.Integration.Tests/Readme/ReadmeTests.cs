using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Readme;

/// <summary>What the README tells a newcomer to type is typed here, with the real programs, in a folder of its own.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private const int FirstPort = 3801;

    private static readonly IReadOnlyList<ReadmeBlock> Blocks =
        ReadmeBlock.Parse(File.ReadLines(Path.Combine(Checkout.Folder, "README.md")));

    private readonly string _folder = Directory.CreateTempSubdirectory("crucible-readme-").FullName;
    private readonly int _port = ThreeFreePorts();

    public static TheoryData<string> Sections => [.. Blocks.Where(IsRun).Select(block => block.Section).Distinct()];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task The_commands_of_each_section_work_as_they_stand(string section)
    {
        var daemons = new List<Terminal>();
        try
        {
            var exports = "";
            foreach (var block in Blocks.Where(block => IsRun(block) && block.Section == section))
            {
                var script = ForThisTest(block.Script);
                if (block.IsDaemon)
                {
                    daemons.Add(new Terminal($"{exports}exec {script}", _folder));
                    await daemons[^1].ListeningAsync();
                }
                else if (block.Client is null || RequiresToolFactAttribute.FindTool(block.Client) is not null)
                {
                    await RunAsync(exports + script);
                    exports += string.Concat(Exports(script));
                }
            }

            // The last one first: a server of the disk says goodbye to who stores it.
            foreach (var daemon in Enumerable.Reverse(daemons))
            {
                Assert.Equal(0, await daemon.StopAsync());
            }
        }
        finally
        {
            foreach (var daemon in daemons)
            {
                await daemon.DisposeAsync();
            }
        }
    }

    [Fact]
    public void Only_the_command_that_runs_the_tests_is_left_out() =>
        Assert.Equal(["./test\n"], Blocks.Where(block => !IsRun(block)).Select(block => block.Script));

    [Fact]
    public void The_guides_walk_through_is_there_as_printed() => Assert.Equal(
        [
            "crucible-downstairs -c -p 3801 -d var/3801\n",
            "crucible-downstairs -c -p 3802 -d var/3802\n",
            "crucible-downstairs -c -p 3803 -d var/3803\n",
            "crucible-upstairs -t 127.0.0.1:3801 -t 127.0.0.1:3802 -t 127.0.0.1:3803\n",
            "crucible-upstairs nbd -t 127.0.0.1:3801 -t 127.0.0.1:3802 -t 127.0.0.1:3803 --socket disk.sock\n",
        ],
        Blocks.Select(block => block.Script).Where(script => script.StartsWith("crucible-", StringComparison.Ordinal)));

    private static bool IsRun(ReadmeBlock block) => block.NotRunBecause is null;

    private static IEnumerable<string> Exports(string script) =>
        script.Split('\n').Where(line => line.StartsWith("export ", StringComparison.Ordinal)).Select(line => line + "\n");

    private async Task RunAsync(string script)
    {
        await using var terminal = new Terminal(script, _folder);

        Assert.True(await terminal.ExitCodeAsync() == 0, $"{script}\n{terminal.Output}");

        if (script.Contains("/demo", StringComparison.Ordinal) || script.Contains("crucible-upstairs -t", StringComparison.Ordinal))
        {
            Assert.Contains("all Tests done", terminal.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>The same commands from a folder that is not the checkout, on ports that are free.</summary>
    private string ForThisTest(string script)
    {
        var here = script
            .Replace("./demo", $"./demo --dir var --port-base {FirstPort}", StringComparison.Ordinal)
            .Replace("./", $"{Checkout.Folder}/", StringComparison.Ordinal)
            .Replace("$PWD/", $"{Checkout.Folder}/", StringComparison.Ordinal);
        return GuidePorts().Replace(here, match => $"{int.Parse(match.ValueSpan, CultureInfo.InvariantCulture) - FirstPort + _port}");
    }

    [GeneratedRegex(@"\b380[123]\b", RegexOptions.CultureInvariant)]
    private static partial Regex GuidePorts();

    private static int ThreeFreePorts()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var first = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            if (first < 65000 && Enumerable.Range(first, 3).All(IsFree))
            {
                return first;
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Any, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
