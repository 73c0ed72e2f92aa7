using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>A Linux of its own, in QEMU, whose disk is ours: as a virtio disk, and through its kernel's own NBD client.</summary>
[SupportedOSPlatform("linux")]
public sealed class GuestTests : IAsyncLifetime
{
    private const long DiskBytes = 64 << 20;
    private const int Steps = 3;

    private readonly LargeTrio _trio = new(DiskBytes);

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [RequiresGuestFact("qemu-system-x86_64", "mkfs.ext4", "e2fsck", "debugfs", "nbdcopy")]
    public async Task I1_I5_a_guest_whose_root_is_a_volume_goes_on_while_a_downstairs_is_killed_and_finds_what_it_wrote()
    {
        using var server = await NbdProcess.StartAsync(_trio, "--socket", _trio.FileNamed("root.sock"));
        await InstallAsync(server.Uri);
        var sums = new List<string>();

        using (var guest = Boot($"root=/dev/vda steps={Steps}", "-drive", $"file={server.Uri},format=raw,if=virtio,discard=unmap", "-nic", "none"))
        {
            sums.Add(await SumAsync(guest, step: 1));
            await _trio.KillAsync(1);
            await guest.TypeAsync("");
            sums.Add(await SumAsync(guest, step: 2));
            await _trio.StartAsync(1);
            await guest.TypeAsync("");
            sums.Add(await SumAsync(guest, step: 3));
            ExpectSuccess((await guest.WaitForEndAsync()).Expect(0).Output);
        }

        await server.StopAsync();
        await _trio.KillAllAsync();
        await _trio.StartAllAsync();
        Assert.Equal(sums, await SumsOnDiskAsync());
    }

    [RequiresGuestFact("qemu-system-x86_64", "nbdcopy")]
    public async Task The_kernel_s_own_client_reads_writes_and_trims()
    {
        using var server = await NbdProcess.StartAsync(_trio, "--listen", "127.0.0.1:0");
        var port = new Uri(server.Uri).Port;

        // Inside QEMU's own network 10.0.2.2 is this machine.
        using var guest = Boot($"server=10.0.2.2:{port.ToString(CultureInfo.InvariantCulture)}", "-nic", "user,model=virtio-net-pci");
        var size = await guest.WaitForAsync("guest: attached ");
        var sum = await guest.WaitForAsync("guest: wrote ");
        ExpectSuccess((await guest.WaitForEndAsync()).Expect(0).Output);

        Assert.Equal(DiskBytes.ToString(CultureInfo.InvariantCulture), size.TrimEnd());
        var copy = _trio.FileNamed("kernel.img");
        await NbdProcess.RunAsync("nbdcopy", server.Uri, copy);
        await server.StopAsync();

        // It wrote 4 MiB at 1 MiB, and trimmed the first of them.
        var disk = await File.ReadAllBytesAsync(copy);
        Assert.All(disk[(1 << 20)..(2 << 20)], value => Assert.Equal(0, value));
        Assert.Contains(disk[(2 << 20)..(5 << 20)], value => value != 0);
        Assert.Equal(32, sum.Split(' ')[0].Length);
    }

    private static RunningProgram Boot(string arguments, params string[] devices) => RunningProgram.StartTool(
        "qemu-system-x86_64",
        [
            "-m", "256", "-nographic", "-no-reboot",
            "-kernel", Path.Combine(RequiresGuestFactAttribute.Folder, "vmlinuz"),
            "-initrd", Path.Combine(RequiresGuestFactAttribute.Folder, "initramfs"),
            "-append", $"console=ttyS0 quiet panic=-1 {arguments}",
            .. devices,
        ]);

    private static void ExpectSuccess(string console)
    {
        Assert.Contains("guest: done", console, StringComparison.Ordinal);
        Assert.DoesNotContain("guest: failed", console, StringComparison.Ordinal);
        Assert.DoesNotContain("I/O error", console, StringComparison.Ordinal);
        Assert.Contains("reboot: Power down", console, StringComparison.Ordinal);
    }

    private static async Task<string> SumAsync(RunningProgram guest, int step) =>
        (await guest.WaitForAsync($"guest: wrote {step.ToString(CultureInfo.InvariantCulture)} ")).Split(' ')[0];

    /// <summary>Makes the volume the root of a small system.</summary>
    private async Task InstallAsync(string uri)
    {
        var image = _trio.FileNamed("root.img");
        await NbdProcess.RunAsync(
            "mkfs.ext4", "-q", "-d", Path.Combine(RequiresGuestFactAttribute.Folder, "root"), image, $"{DiskBytes >> 20}M");
        await NbdProcess.RunAsync("nbdcopy", "--flush", image, uri);
    }

    /// <summary>What a later server finds of the files that the guest wrote, in a file system that is in order.</summary>
    private async Task<List<string>> SumsOnDiskAsync()
    {
        var copy = _trio.FileNamed("copy.img");
        using (var server = await NbdProcess.StartAsync(_trio, "--socket", _trio.FileNamed("root.sock"), "--read-only"))
        {
            await NbdProcess.RunAsync("nbdcopy", server.Uri, copy);
            await server.StopAsync();
        }

        await NbdProcess.RunAsync("e2fsck", "-fn", copy);
        var sums = new List<string>();
        for (var step = 1; step <= Steps; step++)
        {
            var file = _trio.FileNamed($"written{step}");
            await NbdProcess.RunAsync("debugfs", "-R", $"dump /data/{step} {file}", copy);
#pragma warning disable CA5351 // What the guest's busybox tells; nothing is kept secret by it.
            sums.Add(Convert.ToHexStringLower(MD5.HashData(await File.ReadAllBytesAsync(file))));
#pragma warning restore CA5351
        }

        return sums;
    }
}
