using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class RepairRecordTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_repaired_extent_takes_over_a_version_and_keeps_it_across_apply_and_reopening(bool dirty)
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Write(1000, 0, 1, version: 1);
            region.Append(b => b.AddExtentVersion(new ExtentId(0), new Generation(7), new FlushNumber(9), dirty));

            Check(region, dirty);
            region.Apply(force: true);
            Check(region, dirty);
        }

        using var reopened = Open(storage);
        Check(reopened, dirty);
    }

    [Fact]
    public void Being_in_sync_cleans_every_dirty_extent_and_ends_the_repair()
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Append(b => b.AddBeginRepair());
            region.Write(1000, 0, 1, version: 1);
            region.Append(b => b.AddInSync(new Generation(5), new ReplicaPosition(new Generation(5), default)));
            region.Sync();
        }

        using var reopened = Open(storage);
        var version = reopened.VersionOf(new ExtentId(0));
        Assert.Equal((new Generation(5), new FlushNumber(0), false), (version.Generation, version.FlushNumber, version.Dirty));
        Assert.False(reopened.State.Repairing);
        Assert.Equal(new ReplicaPosition(new Generation(5), default), reopened.State.Position);
    }

    [Fact]
    public void A_version_of_an_extent_that_is_not_there_is_refused()
    {
        var storage = Create();
        using var region = Open(storage);

        var result = region.BeginAppend().AddExtentVersion(
            new ExtentId(region.Definition.ExtentCount), new Generation(1), new FlushNumber(1), dirty: false);

        Assert.Equal(ErrorCode.OutOfRange, result.Error);
    }

    private static void Check(Region region, bool dirty)
    {
        var version = region.VersionOf(new ExtentId(0));
        Assert.Equal((new Generation(7), new FlushNumber(9), dirty), (version.Generation, version.FlushNumber, version.Dirty));
    }
}
