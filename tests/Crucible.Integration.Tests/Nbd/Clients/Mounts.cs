namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>What a test that failed, or a recipe that was ended, has left mounted.</summary>
internal static class Mounts
{
    /// <summary>Takes mounts and loop devices away, the ones on top first; a folder that has none is left as it is.</summary>
    public static async Task RemoveBelowAsync(string folder)
    {
        var below = folder + "/";
        var mounts = (await File.ReadAllLinesAsync("/proc/self/mounts")).Select(line => line.Split(' ')[1])
            .Where(point => point.StartsWith(below, StringComparison.Ordinal));
        foreach (var point in mounts.Reverse().ToList())
        {
            // The devices between a file system and the FUSE file that it lies on, which can't go before them.
            await RemoveDevicesAsync(below);
            await NbdProcess.RunAsync("umount", "--lazy", point);
        }

        await RemoveDevicesAsync(below);
    }

    private static async Task RemoveDevicesAsync(string below)
    {
        foreach (var device in Directory.EnumerateDirectories("/sys/block", "loop*"))
        {
            var backing = Path.Combine(device, "loop", "backing_file");
            if (File.Exists(backing) && (await File.ReadAllTextAsync(backing)).StartsWith(below, StringComparison.Ordinal))
            {
                await NbdProcess.RunAsync("losetup", "--detach", $"/dev/{Path.GetFileName(device)}");
            }
        }
    }
}
