namespace Crucible.Dsc.Regions;

/// <summary>The sizes of the regions to make, handed to crucible-downstairs, which checks them.</summary>
/// <param name="BlockSizeBytes">Bytes of a block.</param>
/// <param name="ExtentSizeBlocks">Blocks of an extent.</param>
/// <param name="ExtentCount">Extents of the region.</param>
/// <param name="Encrypted">Whether its upstairs will encrypt.</param>
internal sealed record RegionGeometry(uint BlockSizeBytes, uint ExtentSizeBlocks, uint ExtentCount, bool Encrypted)
{
    /// <summary>Half a megabyte in ten extents: small enough to look at, big enough to cross from one to the next.</summary>
    public static RegionGeometry Default { get; } = new(512, 100, 10, Encrypted: false);

    /// <summary>The command line of crucible-downstairs that makes such a region.</summary>
    public IEnumerable<string> CreateArguments(string folder)
    {
        IEnumerable<string> sizes =
        [
            "create", "-d", folder,
            "--block-size", $"{BlockSizeBytes}", "--extent-size", $"{ExtentSizeBlocks}", "--extent-count", $"{ExtentCount}",
        ];
        return Encrypted ? sizes.Append("--encrypted") : sizes;
    }
}
