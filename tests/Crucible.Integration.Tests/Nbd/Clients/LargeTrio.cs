using System.Globalization;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>Three downstairs with a disk large enough for file systems, of which little is ever written.</summary>
/// <param name="sizeBytes">Of the disk; a multiple of 16 MiB.</param>
public class LargeTrio(long sizeBytes) : DownstairsTrio(new Geometry(BlockSizeBytes, ExtentSizeBlocks, (uint)(sizeBytes / ExtentSizeBytes)))
{
    private const uint BlockSizeBytes = 4096;
    private const uint ExtentSizeBlocks = 4096;
    private const long ExtentSizeBytes = BlockSizeBytes * ExtentSizeBlocks;

    /// <summary>What the extents of one replica take on its file system, in bytes; the journal, whose size is fixed, is left out.</summary>
    public async Task<long> AllocatedAsync(int replica)
    {
        var output = await NbdProcess.RunAsync("du", "-s", "--block-size=1", Path.Combine(RegionOf(replica), "extents"));
        return long.Parse(output.Split('\t')[0], CultureInfo.InvariantCulture);
    }
}
