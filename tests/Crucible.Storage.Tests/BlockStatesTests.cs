using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class BlockStatesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void States_are_those_of_the_contexts_before_and_after_they_are_applied_and_after_a_restart(bool encrypted)
    {
        var storage = Create(encrypted ? TestRegion.Encrypted : Small);
        var region = Open(storage);
        var random = new Random(1);
        var states = new BlockState[1000];
        for (ulong job = 1000; job < 1120; job++)
        {
            var start = (ulong)random.Next(500);
            var count = (uint)Math.Min(1 + random.Next(20), 100 - (int)(start % 100));
            var state = (BlockState)random.Next(3);
            region.Append(b => state switch
            {
                BlockState.Data => b.AddWrite(region.Definition, job, start, count, job),
                BlockState.Zeroes => b.AddWriteZeroes(One, new JobId(job), new BlockIndex(start), count),
                _ => b.AddDiscard(One, new JobId(job), new BlockIndex(start), count),
            });
            states.AsSpan((int)start, (int)count).Fill(state);
            if (job % 30 == 17)
            {
                Assert.Equal(states, StatesOf(region));
                var plan = region.PlanApply(force: true)!;
                Assert.Equal(states, StatesOf(region));
                Assert.Equal(ErrorCode.None, region.Execute(plan));
                Assert.Equal(states, StatesOf(region));
                region.Commit(plan);
                Assert.Equal(states, StatesOf(region));
            }
        }

        Assert.Equal(states, StatesOf(region));
        region.Flush(2000, 1);
        region.Dispose();

        using var again = Open(storage);
        Assert.Equal(states, StatesOf(again));
    }

    [Fact]
    public void An_extent_that_was_never_written_is_told_without_a_look_at_its_blocks()
    {
        using var region = Open(Create());
        region.Write(1000, 0, 10, 1);
        var runs = new BlockStateRuns(new byte[4]);

        // Without scratch nothing could be looked at.
        Assert.Equal(ErrorCode.None, region.ReadStates(new BlockIndex(100), 100, default, ref runs));
        Assert.Equal(ErrorCode.NotAligned, region.ReadStates(new BlockIndex(0), 100, default, ref runs));
    }

    [Fact]
    public void More_runs_than_there_is_room_for_are_cut_behind_the_last_that_fits()
    {
        using var region = Open(Create());
        for (ulong block = 0; block < 20; block += 2)
        {
            region.Write(1000 + block, block, 1, 1);
        }

        var bytes = new byte[3 * BlockStateRuns.RunSizeBytes];
        var runs = new BlockStateRuns(bytes);

        Assert.Equal(ErrorCode.None, region.ReadStates(new BlockIndex(0), 100, new byte[64], ref runs));
        Assert.Equal(3UL, BlockStateRuns.CountBlocks(bytes));
    }

    [Fact]
    public void A_block_that_is_lost_or_whose_context_is_damaged_counts_as_data()
    {
        var storage = Create();
        using (var region = Open(storage))
        {
            region.Write(1000, 0, 10, 1);
            var lost = new byte[BlockContext.PlainSizeBytes];
            BlockContext.WriteEmpty(lost, BlockState.Lost);
            region.Append(b => b.AddRepairWrite(new BlockIndex(50), 1, lost, default));
            region.Apply(force: true);
            Assert.Equal(BlockState.Data, StatesOf(region)[50]);
            Assert.Equal(BlockState.NeverWritten, StatesOf(region)[51]);
        }

        // The second page of contexts: of blocks 31 to 61.
        storage.Damage("extents/00/000/000", (100 * 512) + 512, new byte[512]);
        using var damaged = Open(storage);
        var states = StatesOf(damaged);
        Assert.All(states[31..62], state => Assert.Equal(BlockState.Data, state));
        Assert.All(states[10..31].Concat(states[62..]), state => Assert.Equal(BlockState.NeverWritten, state));
    }

    [Fact]
    public void A_range_outside_one_extent_is_refused()
    {
        using var region = Open(Create());
        var runs = new BlockStateRuns(new byte[64]);

        Assert.Equal(ErrorCode.OutOfRange, region.ReadStates(new BlockIndex(99), 2, new byte[64], ref runs));
        Assert.Equal(ErrorCode.OutOfRange, region.ReadStates(new BlockIndex(1000), 1, new byte[64], ref runs));
    }

    private static BlockState[] StatesOf(Region region)
    {
        var states = new List<BlockState>();
        var bytes = new byte[1024];
        for (ulong start = 0; start < region.Definition.TotalBlocks; start += 100)
        {
            var runs = new BlockStateRuns(bytes);
            Assert.Equal(ErrorCode.None, region.ReadStates(new BlockIndex(start), 100, new byte[300], ref runs));
            for (ReadOnlySpan<byte> left = bytes.AsSpan(0, runs.LengthBytes); !left.IsEmpty; left = left[BlockStateRuns.RunSizeBytes..])
            {
                var (state, count) = BlockStateRuns.Unpack(left);
                states.AddRange(Enumerable.Repeat(state, (int)count));
            }
        }

        return [.. states];
    }
}
