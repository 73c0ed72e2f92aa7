using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class GuideRunTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task The_guides_client_run_shows_the_guides_facts()
    {
        var run = (await trio.UpstairsAsync()).Expect(0);

        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var target in trio.Targets)
        {
            Assert.Contains(lines, l => l.EndsWith($"ok, connected to {target}", StringComparison.Ordinal));
            Assert.Contains(lines, l => l.StartsWith($"#### {target} #### CONNECTED ########", StringComparison.Ordinal));
            Assert.Contains(lines, l => l.StartsWith($"{target} Evaluate new downstairs : bs:512 es:100 ec:10 versions: [", StringComparison.Ordinal));
        }

        string[] inOrder =
        [
            "raw options: { target: [", "Global using: bs:512 es:100 ec:10", "send a write", "WRITE: gw_id:1 ds_ids:{1000: 512, 1001: 512}",
            "send a flush", "FLUSH: gw_id:2 ds_ids:{1002: 0}", "nwo: [(0, 99, 512), (1, 0, 512)] from offset:50688 data len:1024",
            "send a read", "READ:  gw_id:3 ds_ids:{1003: 512, 1004: 512}", "Tests done, wait", "all Tests done",
        ];
        var at = -1;
        foreach (var beginning in inOrder)
        {
            var found = Array.FindIndex(lines, at + 1, l => l.StartsWith(beginning, StringComparison.Ordinal));
            Assert.True(found > at, $"'{beginning}' is not there, or too early:\n{run.Output}");
            at = found;
        }

        for (var job = 1000; job <= 1004; job++)
        {
            Assert.Single(lines, l => l.StartsWith($"RETIRE:  ds_id {job} from gw_id:", StringComparison.Ordinal));
        }

        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task Quiet_says_nothing_where_all_is_well()
    {
        var run = (await trio.UpstairsAsync("-q")).Expect(0);

        Assert.Equal("", run.Output);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public async Task A_volume_of_one_block_is_enough_for_it()
    {
        var tiny = new DownstairsTrio(new Geometry(4096, 1, 1));
        await tiny.InitializeAsync();
        try
        {
            var run = (await tiny.UpstairsAsync()).Expect(0);

            Assert.Contains("nwo: [(0, 0, 4096)] from offset:0 data len:4096", run.Output, StringComparison.Ordinal);
            Assert.Contains("all Tests done", run.Output, StringComparison.Ordinal);
        }
        finally
        {
            await tiny.DisposeAsync();
        }
    }
}
