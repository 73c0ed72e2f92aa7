namespace Crucible.Core.Tests;

public class BlockStateRunsTests
{
    [Fact]
    public void Runs_have_exactly_these_bytes_and_neighbours_alike_are_one()
    {
        var bytes = new byte[12];
        var runs = new BlockStateRuns(bytes);

        Assert.True(runs.TryAdd(BlockState.Data, 1));
        Assert.True(runs.TryAdd(BlockState.Zeroes, 200));
        Assert.True(runs.TryAdd(BlockState.Zeroes, 56));

        Assert.Equal("0500000002040000", Convert.ToHexString(bytes.AsSpan(0, runs.LengthBytes)));
        Assert.Equal(257UL, BlockStateRuns.CountBlocks(bytes.AsSpan(0, runs.LengthBytes)));
        Assert.Equal((BlockState.Data, 1U), BlockStateRuns.Unpack(bytes));
    }

    [Fact]
    public void Where_there_is_no_room_nothing_is_added_but_to_the_last_run()
    {
        var runs = new BlockStateRuns(new byte[7]);

        Assert.True(runs.TryAdd(BlockState.NeverWritten, BlockStateRuns.MaxBlocks - 1));
        Assert.True(runs.TryAdd(BlockState.NeverWritten, 1));
        Assert.False(runs.TryAdd(BlockState.NeverWritten, 1));
        Assert.False(runs.TryAdd(BlockState.Data, 1));
        Assert.Equal(4, runs.LengthBytes);
    }

    [Theory]
    [InlineData("010203")]
    [InlineData("0400000005")]
    [InlineData("07000000")]
    [InlineData("01000000")]
    [InlineData("0500000000000000")]
    public void I8_runs_that_can_t_be_are_seen_as_none(string hex) =>
        Assert.Null(BlockStateRuns.CountBlocks(Convert.FromHexString(hex)));

    [Theory]
    [InlineData(BlockState.NeverWritten, BlockState.NeverWritten)]
    [InlineData(BlockState.Zeroes, BlockState.Zeroes)]
    [InlineData(BlockState.Data, BlockState.Data)]
    [InlineData(BlockState.Lost, BlockState.Data)]
    [InlineData((BlockState)0xFF, BlockState.Data)]
    public void What_can_t_be_told_counts_as_data(BlockState told, BlockState state)
    {
        var context = new byte[BlockContext.PlainSizeBytes];
        context[8] = (byte)told;

        Assert.Equal(state, BlockStateRuns.StateOf(context));
    }
}
