using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class OfflineTests
{
    [Fact]
    public void An_image_imported_and_exported_is_the_same_and_sparse()
    {
        using var directory = new TemporaryDirectory();
        var definition = new RegionDefinition(4096, 300, 40);
        var image = new byte[(20 << 20) + 777];
        new Random(4).NextBytes(image.AsSpan(5 << 20, 3 << 20));
        new Random(5).NextBytes(image.AsSpan(20 << 20));
        Region.Create(directory.Storage, definition, new RegionId(Guid.NewGuid()), new RegionCreateOptions { JournalSizeBytes = 4 << 20 });
        using var region = Open(directory.Storage);

        Assert.Equal((ulong)image.Length, RegionImport.Run(region, new MemoryStream(image), null, CancellationToken.None));
        var exported = new MemoryStream();
        var written = RegionExport.Run(region, exported, null, CancellationToken.None);

        Assert.Equal((3UL << 20) + 4096, written);
        Assert.Equal((long)definition.TotalBytes, exported.Length);
        Assert.True(exported.GetBuffer().AsSpan(0, image.Length).SequenceEqual(image));
        Assert.False(exported.GetBuffer().AsSpan(image.Length, (int)exported.Length - image.Length).ContainsAnyExcept((byte)0));
        Assert.Equal(0UL, region.JournalBytesUsed);
        Assert.True(new RegionVerifier(region).Verify(null, CancellationToken.None));
        Assert.Throws<RegionExistsException>(() => RegionImport.Run(region, new MemoryStream(), null, CancellationToken.None));
    }

    [Fact]
    public void An_image_larger_than_the_region_is_refused()
    {
        using var region = Open(Create());
        var image = new byte[Small.TotalBytes + 1];

        var error = Assert.Throws<StorageException>(() => RegionImport.Run(region, new MemoryStream(image), null, CancellationToken.None));

        Assert.Equal(ErrorCode.OutOfRange, error.Code);
    }

    [Fact]
    public void Regions_are_alike_until_one_of_them_differs()
    {
        using var one = Open(Create());
        using var two = Open(Create());
        using var three = Open(Create());
        Region[] all = [one, two, three];
        foreach (var region in all)
        {
            region.Write(1000, 0, 100, 1);
            region.Flush(1001, 1);
        }

        one.Apply(force: true);
        Assert.True(new RegionComparer(all).Compare(null, withData: true, null, CancellationToken.None));
        two.Write(1002, 250, 3, 2);
        var comparer = new RegionComparer(all);

        Assert.False(comparer.Compare(null, withData: true, null, CancellationToken.None));
        Assert.Equal(
            [
                new RegionDifference(RegionDifferenceKind.Version, new ExtentId(2), default, 0),
                new RegionDifference(RegionDifferenceKind.Contexts, new ExtentId(2), new BlockIndex(250), 3),
            ],
            comparer.Differences);
        Assert.True(new RegionComparer(all).Compare(new ExtentId(0), withData: true, null, CancellationToken.None));
    }

    [Fact]
    public void Regions_of_another_geometry_are_not_compared()
    {
        using var one = Open(Create());
        using var two = Open(Create(Encrypted));
        var comparer = new RegionComparer([one, two]);

        Assert.False(comparer.Compare(null, withData: false, null, CancellationToken.None));
        Assert.Equal(RegionDifferenceKind.Geometry, Assert.Single(comparer.Differences).Kind);
    }
}
