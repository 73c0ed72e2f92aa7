using Crucible.Simulation;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class LostBlockTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I6_a_lost_block_is_an_integrity_error_to_a_reader_and_the_blocks_beside_it_are_right(bool applied)
    {
        var storage = Create();
        using var region = WithLost(storage, 5, applied);

        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(0, 10, out var data, out var contexts));

        Assert.Equal(Data(Small, 0, 5, 1), data[..(5 * 512)]);
        Assert.Equal(Data(Small, 6, 4, 1), data[(6 * 512)..]);
        Assert.All(contexts[(5 * 16)..(6 * 16)], b => Assert.Equal(0xFF, b));
        Assert.Equal(BlockState.Lost, region.States(5, 1)[0]);
        Assert.False(region.VersionOf(new ExtentId(0)).Faulted);
    }

    [Fact]
    public void I6_a_lost_block_stays_lost_to_a_proving_look_at_contexts()
    {
        var storage = Create();
        using var region = WithLost(storage, 5, applied: true);
        var contexts = new byte[10 * 16];

        Assert.Equal(ErrorCode.None, region.ReadContexts(new BlockIndex(0), 10, contexts, new byte[1024]));

        Assert.Equal(BlockState.Lost, BlockContext.State(contexts.AsSpan(5 * 16)));
        Assert.Equal(BlockState.Data, BlockContext.State(contexts.AsSpan(6 * 16)));
    }

    [Theory]
    [InlineData(BlockState.Data)]
    [InlineData(BlockState.Zeroes)]
    [InlineData(BlockState.NeverWritten)]
    public void I6_a_guest_s_next_write_zeroes_or_discard_makes_a_lost_block_good(BlockState state)
    {
        var storage = Create();
        using var region = WithLost(storage, 5, applied: true);

        region.Append(b => state switch
        {
            BlockState.Data => b.AddWrite(Small, 2000, 5, 1, 2),
            BlockState.Zeroes => b.AddWriteZeroes(One, new JobId(2000), new BlockIndex(5), 1),
            _ => b.AddDiscard(One, new JobId(2000), new BlockIndex(5), 1),
        });

        Assert.Equal(state == BlockState.Data ? Data(Small, 5, 1, 2) : new byte[512], region.ReadProved(5, 1));
        region.Apply(force: true);
        Assert.Equal(state, region.States(5, 1)[0]);
    }

    [Fact]
    public void A_guest_s_write_may_not_say_that_a_block_is_lost()
    {
        var storage = Create();
        using var region = Open(storage);

        Assert.Equal(
            ErrorCode.IntegrityError,
            region.BeginAppend().AddWrite(One, new JobId(1000), new BlockIndex(0), 1, LostContext(), default).Error);
    }

    [Fact]
    public void Lost_blocks_survive_a_crash_and_are_damage_by_that_name_to_the_offline_tools()
    {
        var storage = Create();
        WithLost(storage, 5, applied: false).Sync();
        storage.Crash(new Random(1), keep: 0);
        using var region = Open(storage);

        var verifier = new RegionVerifier(region);
        Assert.False(verifier.Verify(null, CancellationToken.None));
        Assert.Equal([new RegionFinding(new ExtentId(0), new BlockIndex(5), 1, ErrorCode.IntegrityError, Lost: true)], verifier.Findings);
        var comparer = new RegionComparer([region, region]);
        Assert.False(comparer.Compare(null, withData: false, null, CancellationToken.None));
        Assert.Equal(RegionDifferenceKind.Unreadable, Assert.Single(comparer.Differences).Kind);
        var error = Assert.Throws<StorageException>(() => RegionExport.Run(region, new MemoryStream(), null, CancellationToken.None));
        Assert.Contains("block 5: it is lost", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void I6_a_proving_look_at_contexts_finds_the_blocks_that_rot_or_can_not_be_read_and_only_these()
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Write(1000, 0, 100, version: 1);
        }

        storage.FlipBit("extents/00/000/000", (3 * 512) + 100, 5);
        using var reopened = Open(storage);
        var contexts = new byte[100 * 16];

        Assert.Equal(ErrorCode.None, reopened.ReadContexts(new BlockIndex(0), 100, contexts));
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(BlockState.Data, BlockContext.State(contexts.AsSpan(i * 16))));

        Assert.Equal(ErrorCode.None, reopened.ReadContexts(new BlockIndex(0), 100, contexts, new byte[4096]));
        Assert.All(
            Enumerable.Range(0, 100),
            i => Assert.Equal(i != 3, BlockContext.IsKnown(contexts.AsSpan(i * 16, 16))));
        Assert.True(reopened.VersionOf(new ExtentId(0)).Faulted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I6_a_damaged_context_is_told_as_such_and_is_no_error_of_the_whole_range(bool proving)
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Write(1000, 0, 100, version: 1);
        }

        storage.Damage("extents/00/000/000", 100 * 512, new byte[512]);
        using var reopened = Open(storage);
        var contexts = new byte[100 * 16];

        Assert.Equal(
            ErrorCode.None, reopened.ReadContexts(new BlockIndex(0), 100, contexts, proving ? new byte[4096] : default));

        Assert.All(contexts[..(31 * 16)], b => Assert.Equal(0xFF, b));
        Assert.All(Enumerable.Range(31, 69), i => Assert.True(BlockContext.IsKnown(contexts.AsSpan(i * 16, 16))));
    }

    [Fact]
    public void A_disk_that_refuses_one_read_costs_no_context()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 100, version: 1);
        region.Apply(force: true);
        var contexts = new byte[100 * 16];
        storage.Failures.ReadsLeft = 0;

        Assert.Equal(ErrorCode.None, region.ReadContexts(new BlockIndex(0), 100, contexts));

        Assert.All(Enumerable.Range(0, 100), i => Assert.True(BlockContext.IsKnown(contexts.AsSpan(i * 16, 16))));
    }

    private static byte[] LostContext()
    {
        var context = new byte[16];
        BlockContext.WriteEmpty(context, BlockState.Lost);
        return context;
    }

    /// <summary>Ten written blocks, of which one is lost.</summary>
    private static Region WithLost(SimulatedStorage storage, ulong block, bool applied)
    {
        var region = Open(storage);
        region.Write(1000, 0, 10, version: 1);
        region.Append(b => b.AddRepairWrite(new BlockIndex(block), 1, LostContext(), default));
        if (applied)
        {
            region.Apply(force: true);
        }

        return region;
    }
}
