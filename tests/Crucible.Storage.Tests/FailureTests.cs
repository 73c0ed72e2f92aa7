using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class FailureTests
{
    [Fact]
    public void I10_a_failed_sync_faults_the_region_for_good()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        storage.Failures.SyncsLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.Sync());

        Assert.True(region.Faulted);
        Assert.NotNull(region.FaultReason);
        Assert.Equal(ErrorCode.RegionFaulted, region.Sync());
        Assert.Equal(ErrorCode.RegionFaulted, region.TryRead(0, 1, out _, out _));
        var batch = region.BeginAppend();
        batch.AddWrite(Small, 1001, 0, 1, 2);
        Assert.Equal(ErrorCode.RegionFaulted, region.Commit(batch));
        Assert.Null(region.PlanApply(force: true));
        Assert.True(region.Durable < region.Appended);
    }

    [Fact]
    public void I10_a_failed_append_shows_nothing_of_its_batch()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        var appended = region.Appended;
        var batch = region.BeginAppend();
        batch.AddWrite(Small, 1001, 0, 10, 2);
        storage.Failures.WritesLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.Commit(batch));

        Assert.Equal(appended, region.Appended);
        Assert.Equal(new JobId(1000), region.State.Position.Job);
        Assert.True(region.Faulted);
    }

    [Theory]
    [InlineData("extents")]
    [InlineData("versions")]
    [InlineData("journal")]
    public void I10_a_sync_that_fails_while_applying_faults_the_region_and_loses_nothing(string prefix)
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 0, 50, 1);
        region.Sync();
        var plan = region.PlanApply(force: true)!;
        storage.Failures.Prefix = prefix;
        storage.Failures.SyncsLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.Execute(plan));
        Assert.True(region.Faulted);
        storage.Crash(new Random(5), keep: 0.5);

        region = Open(storage);
        Assert.Equal(Data(Small, 0, 50, 1), region.ReadProved(0, 50));
        Assert.Equal(ErrorCode.None, region.Apply(force: true));
        Assert.Equal(Data(Small, 0, 50, 1), region.ReadProved(0, 50));
        region.Close();
    }

    [Fact]
    public void No_space_for_extents_faults_nothing_and_the_plan_succeeds_once_there_is_space()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 50, 1);
        var plan = region.PlanApply(force: true)!;
        storage.Failures.NoSpace = true;

        Assert.Equal(ErrorCode.NoSpace, region.Execute(plan));
        Assert.False(region.Faulted);
        Assert.Equal(Data(Small, 0, 50, 1), region.ReadProved(0, 50));
        region.Write(1001, 10, 1, 2);
        Assert.Equal(ErrorCode.None, region.Sync());
        storage.Failures.NoSpace = false;

        Assert.Same(plan, region.PlanApply(force: true));
        Assert.Equal(ErrorCode.None, region.Execute(plan));
        region.Commit(plan);
        Assert.Equal(Data(Small, 0, 10, 1), region.ReadProved(0, 10));
        Assert.Equal(Data(Small, 10, 1, 2), region.ReadProved(10, 1));
    }

    [Fact]
    public void A_read_that_the_disk_refuses_is_an_error_and_no_more()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        storage.Failures.ReadsLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.TryRead(0, 1, out _, out _));
        Assert.Equal(Data(Small, 0, 1, 1), region.ReadProved(0, 1));
    }

    [Fact]
    public void I3_a_stale_record_behind_a_cut_never_comes_to_life_again()
    {
        // Three writes, of which the first one's data is lost in a crash: the two behind it are whole, and cut off.
        var definition = new RegionDefinition(4096, 16, 1);
        var storage = Create(definition);
        var region = Open(storage);
        region.Write(1000, 0, 4, 1);
        region.Write(1001, 4, 4, 1);
        region.Write(1002, 8, 4, 1);
        storage.Kill();
        var journal = storage.ReadAll("journal");
        var original = journal.AsSpan(8192, 4096 * 4).ToArray();
        storage.Damage("journal", 8192 + 512, new byte[4096]);

        region = Open(storage);
        Assert.Equal(new byte[16 * 4096], region.ReadProved(0, 16));
        storage.Kill();

        // The lost bytes come back: as when the same write is made again, and of it the data reaches the disk, its head not.
        storage.Damage("journal", 8192, original);

        region = Open(storage);
        Assert.Equal(new byte[16 * 4096], region.ReadProved(0, 16));
        Assert.Equal(default, region.State.Position);
        region.Close();
    }

    [Fact]
    public void I2_a_reader_between_the_steps_of_an_apply_sees_the_newest_version()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 20, 1);
        var plan = region.PlanApply(force: true)!;
        region.Write(1001, 5, 5, 2);
        Assert.Equal(Data(Small, 5, 5, 2), region.ReadProved(5, 5));

        Assert.Equal(ErrorCode.None, region.Execute(plan));
        Assert.Equal(Data(Small, 5, 5, 2), region.ReadProved(5, 5));
        Assert.Equal(Data(Small, 0, 5, 1), region.ReadProved(0, 5));
        region.Commit(plan);

        Assert.Equal(Data(Small, 5, 5, 2), region.ReadProved(5, 5));
        Assert.Equal(Data(Small, 0, 5, 1), region.ReadProved(0, 5));
    }
}
