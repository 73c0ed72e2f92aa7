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
            region.Append(b => b.AddInSync(new Generation(5)));
            region.Sync();
        }

        using var reopened = Open(storage);
        var version = reopened.VersionOf(new ExtentId(0));
        Assert.Equal((new Generation(5), new FlushNumber(0), false), (version.Generation, version.FlushNumber, version.Dirty));
        Assert.False(reopened.State.Repairing);
        Assert.Equal(new ReplicaPosition(new Generation(5), default), reopened.State.Position);
    }

    [Fact]
    public void What_repair_writes_is_applied_and_leaves_the_extent_s_version_as_it_was()
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Write(1000, 0, 1, version: 1);
            region.Flush(1001, 1);
            region.Repair(5, 2, version: 9);

            Assert.Equal(new ExtentVersion(One, new FlushNumber(1), false, false), region.VersionOf(new ExtentId(0)));
            Assert.Equal(new JobId(1001), region.State.Position.Job);
            region.Apply(force: true);
            Assert.Equal(0UL, region.JournalBytesUsed);
        }

        using var reopened = Open(storage);
        Assert.Equal(new ExtentVersion(One, new FlushNumber(1), false, false), reopened.VersionOf(new ExtentId(0)));
        Assert.Equal(Data(Small, 5, 2, 9), reopened.ReadProved(5, 2));
        Assert.Equal(Data(Small, 0, 1, 1), reopened.ReadProved(0, 1));
    }

    [Fact]
    public void What_a_repair_copies_is_not_kept_in_memory_and_what_a_guest_writes_is()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, version: 1);
        region.Apply(force: true);
        Assert.Equal(0, storage.ForgottenRanges);

        region.Append(b => b.AddBeginRepair());
        region.Repair(5, 2, version: 9);
        region.Apply(force: true);
        Assert.Equal(1, storage.ForgottenRanges);

        region.Append(b => b.AddInSync(One));
        region.Write(1001, 1, 1, version: 2);
        region.Apply(force: true);
        Assert.Equal(1, storage.ForgottenRanges);
        Assert.Equal(Data(Small, 5, 2, 9), region.ReadProved(5, 2));
    }

    [Fact]
    public void A_region_under_repair_stays_at_its_old_position_as_a_witness_however_often_repair_begins()
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Write(1000, 0, 1, version: 1);
            region.Flush(1001, 1);
            var before = region.State;
            region.Append(b => b.AddBeginRepair());
            region.Write(1002, 0, 1, version: 2);
            region.Append(b => b.AddBeginRepair());
            region.Append(b => b.AddWriteZeroes(One, new JobId(1003), new BlockIndex(100), 1));
            region.Append(b => b.AddDiscard(One, new JobId(1004), new BlockIndex(200), 1));
            region.Flush(1005, 2);
            region.Write(1006, 300, 1, version: 2);

            Assert.Equal(before with { Repairing = true }, region.State);
            Assert.Equal(new FlushNumber(2), region.VersionOf(new ExtentId(2)).FlushNumber);
            Assert.True(region.VersionOf(new ExtentId(3)).Dirty);
            region.Sync();
        }

        using var reopened = Open(storage);
        Assert.True(reopened.State.Repairing);
        Assert.Equal(new JobId(1001), reopened.State.Position.Job);
        Assert.Equal(new FlushNumber(1), reopened.State.FlushNumber);
    }

    [Fact]
    public void A_live_repair_ends_at_the_last_job_and_the_last_flush_of_the_stream_and_what_is_dirty_stays_so()
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Append(b => b.AddBeginRepair());
            region.Write(1000, 0, 1, version: 1);
            region.Flush(1001, 7);
            region.Write(1002, 100, 1, version: 1);
            region.Append(b => b.AddInSync(One, new JobId(1002), new FlushNumber(7)));
            region.Write(1003, 200, 1, version: 1);
            region.Sync();
        }

        using var reopened = Open(storage);
        Assert.Equal(new ReplicaPosition(One, new JobId(1003)), reopened.State.Position);
        Assert.Equal((One, new FlushNumber(7)), (reopened.State.FlushGeneration, reopened.State.FlushNumber));
        Assert.Equal((false, One), (reopened.State.Repairing, reopened.State.InSyncGeneration));
        Assert.Equal([false, true, true], new uint[] { 0, 1, 2 }.Select(e => reopened.VersionOf(new ExtentId(e)).Dirty));
    }

    [Fact]
    public void Being_in_sync_never_takes_a_region_back_behind_where_it_stood_in_that_generation()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, version: 1);
        region.Flush(1005, 7);

        region.Append(b => b.AddInSync(One));
        Assert.Equal(new ReplicaPosition(One, new JobId(1005)), region.State.Position);

        region.Append(b => b.AddInSync(One, new JobId(1003), new FlushNumber(6)));
        Assert.Equal(new ReplicaPosition(One, new JobId(1005)), region.State.Position);
        Assert.Equal(new FlushNumber(7), region.State.FlushNumber);
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
