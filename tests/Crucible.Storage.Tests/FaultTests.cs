using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class FaultTests
{
    [Fact]
    public void I10_a_faulted_region_goes_on_reading_what_was_durable_and_refuses_what_was_not()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 20, 1);
        region.Apply(force: true);
        region.Write(1001, 5, 5, 2);
        region.Sync();
        region.Write(1002, 8, 1, 3);
        storage.Failures.SyncsLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.Sync());

        Assert.True(region.Faulted);
        Assert.Equal(Data(Small, 0, 5, 1), region.ReadProved(0, 5));
        Assert.Equal(Data(Small, 5, 3, 2), region.ReadProved(5, 3));
        Assert.Equal(new byte[512], region.ReadProved(150, 1));
        Assert.Equal(ErrorCode.RegionFaulted, region.TryRead(8, 1, out _, out _));
        Assert.Equal(ErrorCode.RegionFaulted, region.TryRead(0, 20, out _, out _));
        Assert.Equal(ErrorCode.RegionFaulted, region.ReadContexts(new BlockIndex(8), 1, new byte[16]));
    }

    [Fact]
    public void I10_after_a_failed_append_nothing_that_was_not_yet_durable_is_read()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        region.Sync();
        region.Write(1001, 1, 1, 1);
        storage.Failures.WritesLeft = 0;
        var batch = region.BeginAppend();
        batch.AddWrite(Small, 1002, 2, 1, 1);
        Assert.Equal(ErrorCode.IoError, region.Commit(batch));

        Assert.Equal(Data(Small, 0, 1, 1), region.ReadProved(0, 1));
        Assert.Equal(ErrorCode.RegionFaulted, region.TryRead(1, 1, out _, out _));
        Assert.Equal(new byte[512], region.ReadProved(2, 1));
    }

    [Theory]
    [InlineData("extents")]
    [InlineData("versions")]
    [InlineData("journal")]
    public void I10_a_region_that_failed_while_applying_still_reads_every_block_from_where_it_is_durable(string prefix)
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 50, 1);
        region.Apply(force: true);
        region.Write(1001, 10, 50, 2);
        region.Sync();
        storage.Failures.Prefix = prefix;
        storage.Failures.SyncsLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.Apply(force: true));

        Assert.Equal(Data(Small, 0, 10, 1), region.ReadProved(0, 10));
        Assert.Equal(Data(Small, 10, 50, 2), region.ReadProved(10, 50));
    }

    [Fact]
    public void I10_what_a_restart_finds_after_a_failed_sync_is_written_anew_before_it_counts()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        region.Sync();
        region.Write(1001, 0, 1, 2);
        storage.Failures.SyncsLeft = 0;
        Assert.Equal(ErrorCode.IoError, region.Sync());

        // The process ends, the machine lives: the page cache shows the record, the disk never got it, and to the kernel
        // nothing is left to write.
        storage.Kill();
        region = Open(storage);
        Assert.Equal(Data(Small, 0, 1, 2), region.ReadProved(0, 1));
        storage.Crash(new Random(1), keep: 0);

        region = Open(storage);
        Assert.Equal(new JobId(1001), region.State.Position.Job);
        Assert.Equal(Data(Small, 0, 1, 2), region.ReadProved(0, 1));
        region.Close();
    }

    [Fact]
    public void I10_versions_that_an_interrupted_apply_wrote_are_written_anew_too()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        region.Apply(force: true);
        region.Flush(1001, 7);
        storage.Failures.Prefix = "versions";
        storage.Failures.SyncsLeft = 0;
        Assert.Equal(ErrorCode.IoError, region.Apply(force: true));
        storage.Kill();

        region = Open(storage);
        Assert.Equal(ErrorCode.None, region.Apply(force: true));
        storage.Crash(new Random(1), keep: 0);

        region = Open(storage);
        Assert.Equal(new ExtentVersion(One, new FlushNumber(7), false, false), region.VersionOf(new ExtentId(0)));
        region.Close();
    }

    [Fact]
    public async Task I1_an_append_beside_a_sync_never_writes_into_a_sector_that_the_sync_has_made_durable()
    {
        var storage = new HookedStorage(Create());
        using var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        Task<ErrorCode>? sync = null;
        var durableMeanwhile = 0UL;
        storage.BeforeJournalWrite = () =>
        {
            storage.BeforeJournalWrite = null;
            storage.JournalSynced.Reset();
            sync = Task.Run(region.Sync);

            // Either the sync goes on while this append is under way, or it waits for its end: both must be safe.
            storage.JournalSynced.Wait(TimeSpan.FromMilliseconds(250));
            durableMeanwhile = storage.JournalSynced.IsSet ? region.Appended.Value : 0;
        };

        region.Write(1001, 1, 1, 2);

        Assert.Equal(ErrorCode.None, await sync!);
        var first = (ulong)(storage.LastJournalWrite - 8192);
        Assert.True(first / 512 * 512 >= durableMeanwhile, $"{first} is in the sector that {durableMeanwhile} ends in");
    }
}
