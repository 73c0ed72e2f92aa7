using System.Runtime.Versioning;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>The kernel's file systems on a disk of ours, through nbdfuse and a loop device.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileSystemTests : IAsyncLifetime
{
    // The least that mkfs.xfs accepts is 300 MB.
    private readonly LargeTrio _trio = new(512L << 20);

    public Task InitializeAsync() => _trio.InitializeAsync();

    public async Task DisposeAsync()
    {
        await Mounts.RemoveBelowAsync(_trio.Folder);
        await _trio.DisposeAsync();
    }

    [RequiresMountFact("nbdfuse", "losetup", "mkfs.ext4", "e2fsck", "fstrim", "fusermount3")]
    public Task I1_ext4_is_clean_and_whole_after_all_restarted_and_gives_back_the_space_of_what_is_removed() =>
        KeepsFilesAndGivesBackSpaceAsync(["mkfs.ext4", "-q"], ["e2fsck", "-fn"]);

    [RequiresMountFact("nbdfuse", "losetup", "mkfs.xfs", "xfs_repair", "fstrim", "fusermount3")]
    public Task I1_xfs_is_clean_and_whole_after_all_restarted_and_gives_back_the_space_of_what_is_removed() =>
        KeepsFilesAndGivesBackSpaceAsync(["mkfs.xfs", "-q"], ["xfs_repair", "-n"]);

    private async Task KeepsFilesAndGivesBackSpaceAsync(string[] make, string[] check)
    {
        var path = _trio.FileNamed("disk.sock");
        SortedDictionary<string, string> sums;
        using (var server = await NbdProcess.StartAsync(_trio, "--socket", path))
        {
            await using (var disk = await MountedDisk.AttachAsync(server.Uri, _trio.FileNamed("first")))
            {
                await NbdProcess.RunAsync(make[0], [.. make[1..], disk.Device]);
                await disk.MountAsync();
                sums = await FileTree.MakeAsync(disk.Folder);
                await disk.UnmountAsync();
            }

            await server.StopAsync();
        }

        await _trio.StopAllAsync();
        await _trio.StartAllAsync();
        using var again = await NbdProcess.StartAsync(_trio, "--socket", path);
        await using (var disk = await MountedDisk.AttachAsync(again.Uri, _trio.FileNamed("second")))
        {
            await NbdProcess.RunAsync(check[0], [.. check[1..], disk.Device]);
            await disk.MountAsync();
            Assert.Equal(FileTree.FileCount, sums.Count);
            Assert.Equal(sums, await FileTree.SumsAsync(disk.Folder));
            await GivesBackAsync(disk);
            await disk.UnmountAsync();
            await NbdProcess.RunAsync(check[0], [.. check[1..], disk.Device]);
        }

        await again.StopAsync();
    }

    /// <summary>Of some 51 MB of files at least half must be given back: what the file system keeps for itself is less.</summary>
    private async Task GivesBackAsync(MountedDisk disk)
    {
        const long Files = 48 << 20;
        const long AtLeast = 25 << 20;
        var before = await AllocatedAsync();

        // What the journals hold takes no space of the extents' yet, and none that could be given back.
        await Wait.UntilAsync(
            async () => (before = await AllocatedAsync()).All(bytes => bytes > Files),
            RunningProgram.Patience,
            () => $"only {string.Join(", ", before)} bytes are in the extents");
        foreach (var folder in Directory.GetDirectories(disk.Folder).Where(name => !name.EndsWith("lost+found", StringComparison.Ordinal)))
        {
            Directory.Delete(folder, recursive: true);
        }

        await NbdProcess.RunAsync("sync", "--file-system", disk.Folder);
        await NbdProcess.RunAsync("fstrim", disk.Folder);

        // A downstairs takes a block's place away when what its journal holds of it was applied: soon, not at once.
        var after = before;
        await Wait.UntilAsync(
            async () =>
            {
                after = await AllocatedAsync();
                return before.Zip(after).All(replica => replica.First - replica.Second > AtLeast);
            },
            RunningProgram.Patience,
            () => $"of {string.Join(", ", before)} bytes {string.Join(", ", after)} are left");
    }

    private Task<long[]> AllocatedAsync() => Task.WhenAll(Enumerable.Range(0, 3).Select(_trio.AllocatedAsync));
}
