namespace Crucible.Tests;

public sealed class RegionDefinitionTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(256u)]
    [InlineData(513u)]
    [InlineData(65536u)]
    [InlineData(uint.MaxValue)]
    public void A_block_size_that_is_no_power_of_two_in_range_is_refused(uint blockSize) =>
        Assert.Contains("block size", Refused(blockSize, 1, 1), StringComparison.Ordinal);

    [Fact]
    public void Every_power_of_two_in_range_is_a_block_size()
    {
        for (uint size = 512, shift = 9; size <= 32768; size *= 2, shift++)
        {
            var region = new RegionDefinition(size, 3, 2);

            Assert.Equal((int)shift, region.BlockShift);
            Assert.Equal(size * 6UL, region.TotalBytes);
        }
    }

    [Fact]
    public void The_largest_extent_is_taken_and_a_block_more_is_refused()
    {
        var blocks = (uint)(RegionDefinition.MaxExtentSizeBytes / 512);

        Assert.Equal(RegionDefinition.MaxExtentSizeBytes, new RegionDefinition(512, blocks, 1).ExtentSizeBytes);
        Assert.Contains("extent size", Refused(512, blocks + 1, 1), StringComparison.Ordinal);
        Assert.Contains("extent size", Refused(32768, uint.MaxValue, 1), StringComparison.Ordinal);
        Assert.Contains("extent size", Refused(512, 0, 1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(RegionDefinition.MaxExtentCount + 1)]
    [InlineData(uint.MaxValue)]
    public void An_extent_count_out_of_range_is_refused(uint count) =>
        Assert.Contains("extent count", Refused(512, 1, count), StringComparison.Ordinal);

    [Fact]
    public void The_largest_region_is_taken_and_an_extent_more_is_refused()
    {
        var blocks = (uint)(RegionDefinition.MaxExtentSizeBytes / 32768);
        var count = (uint)(RegionDefinition.MaxRegionSizeBytes / RegionDefinition.MaxExtentSizeBytes);

        Assert.Equal(RegionDefinition.MaxRegionSizeBytes, new RegionDefinition(32768, blocks, count).TotalBytes);
        Assert.Contains("together", Refused(32768, blocks, count + 1), StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_has_its_extent_and_its_place_in_it()
    {
        var region = new RegionDefinition(512, 100, 10);

        Assert.Equal(new ExtentId(0), region.ExtentOf(new BlockIndex(99)));
        Assert.Equal(99u, region.OffsetInExtent(new BlockIndex(99)));
        Assert.Equal(new ExtentId(1), region.ExtentOf(new BlockIndex(100)));
        Assert.Equal(0u, region.OffsetInExtent(new BlockIndex(100)));
        Assert.Equal(new BlockIndex(900), region.FirstBlockOf(new ExtentId(9)));
        Assert.Equal("bs:512 es:100 ec:10", region.ToString());
    }

    [Theory]
    [InlineData(0ul, 1ul, true, true)]
    [InlineData(0ul, 0ul, false, false)]
    [InlineData(99ul, 2ul, true, false)]
    [InlineData(99ul, 1ul, true, true)]
    [InlineData(0ul, 1000ul, true, false)]
    [InlineData(0ul, 1001ul, false, false)]
    [InlineData(999ul, 1ul, true, true)]
    [InlineData(999ul, 2ul, false, false)]
    [InlineData(1000ul, 1ul, false, false)]
    [InlineData(999ul, ulong.MaxValue, false, false)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, false, false)]
    [InlineData(ulong.MaxValue, 1ul, false, false)]
    public void Ranges_are_held_against_region_and_extent_without_overflow(ulong start, ulong count, bool inRegion, bool inOneExtent)
    {
        var region = new RegionDefinition(512, 100, 10);

        Assert.Equal(inRegion, region.Contains(new BlockIndex(start), count));
        Assert.Equal(inOneExtent, region.ContainsInOneExtent(new BlockIndex(start), count));
    }

    [Fact]
    public void Equal_geometries_are_equal_and_encryption_is_part_of_them()
    {
        Assert.Equal(new RegionDefinition(512, 100, 10), new RegionDefinition(512, 100, 10));
        Assert.NotEqual(new RegionDefinition(512, 100, 10), new RegionDefinition(512, 100, 10, encrypted: true));
        Assert.Equal(56, new RegionDefinition(512, 100, 10, encrypted: true).ContextSizeBytes);
        Assert.Equal(16, new RegionDefinition(512, 100, 10).ContextSizeBytes);
    }

    private static string Refused(uint blockSize, uint extentSize, uint extentCount) =>
        Assert.Throws<InvalidGeometryException>(() => new RegionDefinition(blockSize, extentSize, extentCount)).Message;
}
