namespace Crucible.Integration.Tests.Processes;

/// <summary>What a region is created with.</summary>
public sealed record Geometry(uint BlockSizeBytes, uint ExtentSizeBlocks, uint ExtentCount)
{
    /// <summary>The guides' one: 500 KiB.</summary>
    public static readonly Geometry Guide = new(512, 100, 10);

    public long TotalBytes => (long)BlockSizeBytes * ExtentSizeBlocks * ExtentCount;
}
