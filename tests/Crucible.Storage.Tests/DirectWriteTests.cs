using Crucible.Simulation;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

/// <summary>Large writes go straight to a home of their extent that nobody needs: docs/decisions/0008.</summary>
public class DirectWriteTests
{
    private const string FirstExtent = "extents/00/000/000";
    private const int Large = 8 * 512;
    private const int SecondHomes = 53248 + 4096; // 100 blocks, 4 context pages, the metadata, the next multiple of 4096.

    [Fact]
    public void A_large_write_lies_in_its_extent_at_once_and_leaves_a_short_record()
    {
        var storage = Create();
        using var region = OpenDirect(storage);

        region.Write(1000, 10, 20, 1);

        Assert.Equal(Data(Small, 10, 20, 1), region.ReadProved(10, 20));
        Assert.Equal(Data(Small, 10, 20, 1), storage.ReadAll(FirstExtent).AsSpan(10 * 512, 20 * 512).ToArray());
        Assert.InRange(region.JournalBytesUsed, 1UL, 20 * 512UL);
        region.Apply(force: true);
        Assert.Equal(Data(Small, 10, 20, 1), region.ReadProved(10, 20));
        Assert.Equal(new byte[512], region.ReadProved(9, 1));
    }

    [Fact]
    public void What_is_written_again_goes_to_the_other_home_and_the_first_is_given_back_once_it_is_applied()
    {
        var storage = Create();
        using var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        region.Apply(force: true);

        region.Write(1001, 10, 20, 2);

        Assert.Equal(Data(Small, 10, 20, 1), storage.ReadAll(FirstExtent).AsSpan(10 * 512, 20 * 512).ToArray());
        Assert.Equal(Data(Small, 10, 20, 2), storage.ReadAll(FirstExtent).AsSpan(SecondHomes + (10 * 512), 20 * 512).ToArray());
        Assert.Equal(Data(Small, 10, 20, 2), region.ReadProved(10, 20));
        region.Apply(force: true);
        Assert.Equal(new byte[20 * 512], storage.ReadAll(FirstExtent).AsSpan(10 * 512, 20 * 512).ToArray());
        Assert.Equal(Data(Small, 10, 20, 2), region.ReadProved(10, 20));
        region.Write(1002, 10, 20, 3);
        Assert.Equal(Data(Small, 10, 20, 3), storage.ReadAll(FirstExtent).AsSpan(10 * 512, 20 * 512).ToArray());
    }

    [Fact]
    public void A_small_write_over_a_direct_one_leaves_the_home_alone_that_its_record_relies_on()
    {
        var storage = Create();
        var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        region.Apply(force: true);
        region.Write(1001, 10, 20, 2);
        region.Write(1002, 12, 2, 3);
        Assert.Equal(ErrorCode.None, region.Sync());
        storage.Failures.Prefix = "versions";
        storage.Failures.SyncsLeft = 0;
        Assert.NotEqual(ErrorCode.None, region.Apply(force: true));

        storage.Crash(new Random(1), keep: 1);
        storage.Failures.Prefix = "";
        storage.Failures.SyncsLeft = null;
        using var again = OpenDirect(storage);

        Assert.False(again.State.Repairing);
        Assert.Equal(new JobId(1002), again.State.Position.Job);
        Check(again);
        again.Apply(force: true);
        Check(again);

        static void Check(Region region)
        {
            Assert.Equal(Data(Small, 10, 2, 2), region.ReadProved(10, 2));
            Assert.Equal(Data(Small, 12, 2, 3), region.ReadProved(12, 2));
            Assert.Equal(Data(Small, 14, 16, 2), region.ReadProved(14, 16));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_discarded_after_a_direct_write_gives_both_homes_back(bool appliedBetween)
    {
        var storage = Create();
        using var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        region.Apply(force: true);
        region.Write(1001, 10, 20, 2);
        if (appliedBetween)
        {
            region.Apply(force: true);
        }

        region.Append(b => b.AddDiscard(One, new JobId(1002), new BlockIndex(10), 20));
        region.Apply(force: true);

        Assert.All(region.States(10, 20), state => Assert.Equal(BlockState.NeverWritten, state));
        Assert.Equal(new byte[20 * 512], storage.ReadAll(FirstExtent).AsSpan(10 * 512, 20 * 512).ToArray());
        Assert.Equal(new byte[20 * 512], storage.ReadAll(FirstExtent).AsSpan(SecondHomes + (10 * 512), 20 * 512).ToArray());
    }

    [Fact]
    public void I1_a_sync_makes_direct_writes_and_the_names_of_new_extents_durable()
    {
        var storage = Create();
        var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        region.Write(1001, 110, 20, 1);
        Assert.Equal(ErrorCode.None, region.Sync());

        storage.Crash(new Random(1), keep: 0);
        using var again = OpenDirect(storage);

        Assert.Equal(new JobId(1001), again.State.Position.Job);
        Assert.Equal(Data(Small, 10, 20, 1), again.ReadProved(10, 20));
        Assert.Equal(Data(Small, 110, 20, 1), again.ReadProved(110, 20));
    }

    [Fact]
    public void I3_a_record_whose_data_did_not_get_to_the_disk_ends_the_prefix()
    {
        var storage = Create();
        var region = OpenDirect(storage);
        region.Write(1000, 0, 2, 1);
        region.Write(1001, 10, 20, 1);
        region.Write(1002, 40, 2, 1);
        storage.EndSync("journal", storage.BeginSync("journal"));

        storage.Crash(new Random(1), keep: 0);
        using var again = OpenDirect(storage);

        Assert.Equal(new JobId(1000), again.State.Position.Job);
        Assert.False(again.State.Repairing);
        Assert.Equal(Data(Small, 0, 2, 1), again.ReadProved(0, 2));
        Assert.All(again.States(10, 40), state => Assert.Equal(BlockState.NeverWritten, state));
    }

    [Fact]
    public void I10_a_failed_sync_of_an_extent_that_was_written_directly_faults_the_region()
    {
        var storage = Create();
        using var region = OpenDirect(storage);
        region.Write(1000, 0, 10, 1);
        Assert.Equal(ErrorCode.None, region.Sync());
        region.Write(1001, 20, 10, 2);
        storage.Failures.Prefix = "extents";
        storage.Failures.SyncsLeft = 0;

        Assert.Equal(ErrorCode.IoError, region.Sync());

        Assert.True(region.Faulted);
        Assert.Equal(ErrorCode.RegionFaulted, region.Sync());
        Assert.Equal(Data(Small, 0, 10, 1), region.ReadProved(0, 10));
        Assert.Equal(ErrorCode.RegionFaulted, region.TryRead(20, 10, out _, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_the_disk_refuses_a_direct_write_it_goes_through_the_journal(bool full)
    {
        var storage = Create();
        using var region = OpenDirect(storage);
        storage.Failures.NoSpace = full;
        storage.Failures.Prefix = "extents";
        storage.Failures.WritesLeft = full ? null : 0;

        region.Write(1000, 10, 20, 1);

        Assert.InRange(region.JournalBytesUsed, 20 * 512UL, 30 * 512UL);
        Assert.Equal(Data(Small, 10, 20, 1), region.ReadProved(10, 20));
        storage.Failures.NoSpace = false;
        storage.Failures.WritesLeft = null;
        Assert.Equal(ErrorCode.None, region.Apply(force: true));
        Assert.Equal(Data(Small, 10, 20, 1), region.ReadProved(10, 20));
    }

    [Fact]
    public void I6_what_rots_of_a_direct_write_that_is_known_to_have_been_durable_is_refused_alone()
    {
        var storage = Create();
        OpenDirect(storage).Write(1000, 10, 20, 1);
        storage.Kill();
        OpenDirect(storage).Write(1001, 60, 1, 1);
        storage.Kill();
        storage.FlipBit(FirstExtent, 12 * 512, 3);

        using var again = OpenDirect(storage);

        Assert.False(again.State.Repairing);
        Assert.Equal(new JobId(1001), again.State.Position.Job);
        var contexts = new byte[20 * 16];
        Assert.Equal(ErrorCode.IntegrityError, again.Read(new BlockIndex(10), 20, contexts, new byte[20 * 512], out _, verify: true));
        Assert.Equal(Enumerable.Repeat((byte)0xFF, 16), contexts.AsSpan(2 * 16, 16).ToArray());
        Assert.Equal(Data(Small, 13, 17, 1), again.ReadProved(13, 17));
    }

    [Fact]
    public void Rot_that_ends_the_prefix_before_what_a_later_record_calls_durable_makes_no_source_of_the_region()
    {
        var storage = Create();
        var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        region.Flush(1001, 1);
        region.Write(1002, 60, 1, 1);
        storage.Kill();
        storage.FlipBit(FirstExtent, 12 * 512, 3);

        using var again = OpenDirect(storage);

        Assert.True(again.State.Repairing);
        Assert.Equal(new FlushNumber(1), again.State.FlushNumber);
    }

    [Fact]
    public void An_older_checkpoint_that_leads_to_a_home_used_otherwise_makes_no_source_of_the_region()
    {
        var storage = Create();
        var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        region.Write(1001, 10, 2, 2);
        region.Apply(force: true);
        storage.Kill();
        storage.Damage("journal", Newest(storage) * 4096, new byte[512]);

        using var again = OpenDirect(storage);

        Assert.True(again.State.Repairing);
    }

    [Fact]
    public void A_reader_sees_direct_writes_of_a_region_that_was_not_closed()
    {
        var storage = Create();
        var region = OpenDirect(storage);
        region.Write(1000, 10, 20, 1);
        storage.Kill();

        using var reader = Open(storage, readOnly: true);

        Assert.Equal(Data(Small, 10, 20, 1), reader.ReadProved(10, 20));
        Assert.Equal(new byte[512], reader.ReadProved(5, 1));
    }

    [Fact]
    public void Repairs_copies_are_direct_from_half_the_size_on()
    {
        using var region = OpenDirect(Create());

        region.Repair(10, 4, 1);

        Assert.InRange(region.JournalBytesUsed, 1UL, 4 * 512UL);
        Assert.Equal(Data(Small, 10, 4, 1), region.ReadProved(10, 4));
        region.Apply(force: true);
        Assert.Equal(Data(Small, 10, 4, 1), region.ReadProved(10, 4));
    }

    private static Region OpenDirect(SimulatedStorage storage) => Open(storage, largeWriteBytes: Large);

    private static int Newest(SimulatedStorage storage)
    {
        var journal = storage.ReadAll("journal");
        return BitConverter.ToUInt64(journal, 16) > BitConverter.ToUInt64(journal, 4096 + 16) ? 0 : 1;
    }
}
