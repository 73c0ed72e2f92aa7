using System.Runtime.Versioning;
using Crucible.Integration.Tests.Processes;
using Crucible.Integration.Tests.Readme;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>The recipes of docs/nbd.md, run as they stand there, but for folders and ports.</summary>
[SupportedOSPlatform("linux")]
public sealed class RecipeTests : IAsyncLifetime
{
    private const string ProgramFolder = "crucible-upstairs";

    // Takes apart what a recipe that failed has mounted; a shell's trap leaves its exit code as it is.
    private const string Cleanup =
        "trap '{ umount --lazy mounted; losetup --detach \"$device\"; fusermount3 -uz disk; kill $server; } 2>/dev/null || true' EXIT";

    private static readonly IReadOnlyList<ReadmeBlock> Blocks =
        [.. ReadmeBlock.Parse(File.ReadLines(Path.Combine(Checkout.Folder, "docs", "nbd.md")), "### ")];

    private readonly LargeTrio _trio = new(64 << 20);

    public Task InitializeAsync() => _trio.InitializeAsync();

    public async Task DisposeAsync()
    {
        await Mounts.RemoveBelowAsync(_trio.Folder);
        await _trio.DisposeAsync();
    }

    [RequiresToolFact("nbdinfo")]
    public async Task Nbdinfo() => Assert.Contains("export-size: 67108864", await RunAsync("What is there: nbdinfo"), StringComparison.Ordinal);

    [RequiresToolFact("nbdcopy", "cmp")]
    public Task Nbdcopy() => RunAsync("Copies in and out: nbdcopy");

    [RequiresToolFact("qemu-img")]
    public async Task Qemu_img() =>
        Assert.Contains("Images are identical.", await RunAsync("Images of other formats: qemu-img"), StringComparison.Ordinal);

    [RequiresToolFact("qemu-io")]
    public async Task Qemu_io() => Assert.DoesNotContain("failed", await RunAsync("Single requests: qemu-io"), StringComparison.Ordinal);

    [RequiresToolFact("fio")]
    public async Task Fio() => Assert.Contains("err= 0", await RunAsync("Load with verification: fio"), StringComparison.Ordinal);

    [RequiresMountFact("nbdfuse", "losetup", "mkfs.ext4", "fstrim", "fusermount3")]
    public async Task Nbdfuse() => Assert.Contains("trimmed", await RunAsync("A file system on this machine: nbdfuse"), StringComparison.Ordinal);

    [RequiresGuestFact("qemu-system-x86_64", "mkfs.ext4", "nbdcopy")]
    public async Task Guest() => Assert.Contains("guest: done", await RunAsync("A virtual machine: QEMU"), StringComparison.Ordinal);

    [RequiresGuestFact("qemu-system-x86_64")]
    public async Task Kernel() => Assert.Contains("guest: done", await RunAsync("The kernel's own client: nbd-client"), StringComparison.Ordinal);

    [RequiresToolFact("systemd-socket-activate", "nbdinfo")]
    public async Task Systemd() =>
        Assert.Contains("export-size: 67108864", await RunAloneAsync("Started by its first client: systemd"), StringComparison.Ordinal);

    [RequiresToolFact("nbdinfo")]
    public async Task Several_volumes()
    {
        var other = new LargeTrio(16 << 20);
        await other.InitializeAsync();
        try
        {
            var output = await RunAloneAsync("Several volumes", other);

            Assert.Contains("export-size: 67108864", output, StringComparison.Ordinal);
            Assert.Contains("export-size: 16777216", output, StringComparison.Ordinal);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public void Every_recipe_is_run()
    {
        var source = File.ReadAllText(Path.Combine(
            Checkout.Folder, "tests", "Crucible.Integration.Tests", "Nbd", "Clients", $"{nameof(RecipeTests)}.cs"));

        Assert.Equal(10, Blocks.Count);
        Assert.All(Blocks, block => Assert.Contains($"Async(\"{block.Section}\"", source, StringComparison.Ordinal));
    }

    /// <summary>Runs one as the captive command of a server, whose end is then that of the recipe.</summary>
    private async Task<string> RunAsync(string recipe)
    {
        var run = await _trio.UpstairsAsync(
            "nbd", "--socket", _trio.FileNamed("disk.sock"), "--listen", "127.0.0.1:0", "--run", ScriptOf(recipe));
        return run.Expect(0).Output;
    }

    /// <summary>Runs one that starts the server itself.</summary>
    private async Task<string> RunAloneAsync(string recipe, LargeTrio? other = null)
    {
        var script = ScriptOf(recipe);
        for (var i = 0; i < 3; i++)
        {
            script = script.Replace($"127.0.0.1:{3801 + i}", _trio.Targets[i], StringComparison.Ordinal);
            script = other is null ? script : script.Replace($"127.0.0.1:{3811 + i}", other.Targets[i], StringComparison.Ordinal);
        }

        using var shell = RunningProgram.StartTool("sh", "-c", script);
        return (await shell.FinishAsync()).Expect(0).Output;
    }

    private string ScriptOf(string recipe)
    {
        var script = Blocks.Single(block => block.Section == recipe).Script
            .Replace("scripts/guest-kernel\n", "", StringComparison.Ordinal)
            .Replace("artifacts/guest", RequiresGuestFactAttribute.Folder, StringComparison.Ordinal);
        var programs = Path.GetDirectoryName(RunningProgram.PathOf(ProgramFolder));
        return $"set -eu; cd '{_trio.Folder}'; PATH=\"{programs}:$PATH:/usr/sbin:/sbin\"; device=; server=; {Cleanup}\n{script}";
    }
}
