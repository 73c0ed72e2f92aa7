using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>An NBD export as a block device of this machine: nbdfuse shows it as a file, and a loop device makes that a disk.</summary>
internal sealed class MountedDisk : IAsyncDisposable
{
    private readonly RunningProgram _fuse;
    private readonly string _file;
    private readonly string _folder;
    private string? _device;
    private bool _mounted;

    private MountedDisk(RunningProgram fuse, string file, string folder)
    {
        _fuse = fuse;
        _file = file;
        _folder = folder;
    }

    /// <summary>The loop device.</summary>
    public string Device => _device!;

    /// <summary>Where its file system is mounted.</summary>
    public string Folder => _folder;

    /// <summary>Attaches an export.</summary>
    /// <param name="uri">The export's.</param>
    /// <param name="folder">A folder for this disk alone; made if it is not there.</param>
    public static async Task<MountedDisk> AttachAsync(string uri, string folder)
    {
        var file = Path.Combine(folder, "disk");
        var mounted = Directory.CreateDirectory(Path.Combine(folder, "mounted")).FullName;
        await File.WriteAllTextAsync(file, "");

        var fuse = RunningProgram.StartTool("nbdfuse", file, uri);
        var disk = new MountedDisk(fuse, file, mounted);
        try
        {
            await Wait.UntilAsync(() => new FileInfo(file).Length > 0, RunningProgram.Patience, () => "nbdfuse does not show the disk");
            disk._device = (await NbdProcess.RunAsync("losetup", "--find", "--show", file)).Trim();
            return disk;
        }
        catch
        {
            await disk.DisposeAsync();
            throw;
        }
    }

    public async Task MountAsync()
    {
        await NbdProcess.RunAsync("mount", Device, _folder);
        _mounted = true;
    }

    public async Task UnmountAsync()
    {
        await NbdProcess.RunAsync("umount", _folder);
        _mounted = false;
    }

    /// <summary>Takes all apart again, with what is mounted; what one step leaves the next ones still do.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_mounted)
        {
            await RunQuietlyAsync("umount", "--lazy", _folder);
        }

        if (_device is not null)
        {
            await RunQuietlyAsync("losetup", "--detach", _device);
        }

        await RunQuietlyAsync("fusermount3", "-u", "-z", _file);
        await _fuse.WaitForEndAsync();
        _fuse.Dispose();
    }

    private static async Task RunQuietlyAsync(string tool, params string[] arguments)
    {
        using var program = RunningProgram.StartTool(tool, arguments);
        await program.WaitForEndAsync();
    }
}
