using System.Globalization;
using Crucible.Integration.Tests.Acceptance;

namespace Crucible.Integration.Tests.Faults.Rig;

/// <summary>A file system of a few megabytes, mounted on a folder; it can be filled and freed. Needs root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder)
    {
        _folder = folder;
    }

    private string Junk => Path.Combine(_folder, "junk");

    public static async Task<SmallDisk> MountAsync(string folder, long bytes)
    {
        Directory.CreateDirectory(folder);
        await Tools.RunAsync("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "crucible-test", folder);
        return new SmallDisk(folder);
    }

    /// <summary>Takes every byte that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Junk, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var junk = new byte[1 << 20];
        for (var piece = junk.Length; piece > 0;)
        {
            try
            {
                file.Write(junk, 0, piece);
            }
            catch (IOException)
            {
                // What is smaller may still fit.
                piece /= 2;
            }
        }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Junk);

    public async ValueTask DisposeAsync() => await Tools.RunAsync("umount", "-l", _folder);
}
