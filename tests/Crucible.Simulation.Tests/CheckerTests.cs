using Crucible.Upstairs;

namespace Crucible.Simulation.Tests;

/// <summary>The checker must be able to fail: each promise, broken by hand, is noticed.</summary>
public class CheckerTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(40, false)]
    [InlineData(40, true)]
    public void I2_a_block_that_nobody_wrote_there_is_garbage(int at, bool moved)
    {
        var block = new byte[512];
        BlockStamp.Write(block, 7, 3);

        Assert.Equal(7UL, BlockStamp.Read(block, 3));
        block[at] ^= 1;
        Assert.Equal(BlockStamp.Garbage, BlockStamp.Read(block, moved ? 4UL : 3UL));
    }

    [Fact]
    public void I2_another_blocks_bytes_are_garbage()
    {
        var block = new byte[512];
        BlockStamp.Write(block, 7, 3);

        Assert.Equal(BlockStamp.Garbage, BlockStamp.Read(block, 4));
    }

    [Fact]
    public void I4_a_lower_generation_or_another_session_of_the_same_is_noticed()
    {
        var check = new FencingCheck();
        var (one, other) = (new SessionId(new Guid(1, 0, 0, new byte[8])), new SessionId(new Guid(2, 0, 0, new byte[8])));
        check.OnPromised(0, new Generation(5), one);
        check.OnAppend(0, new Generation(5), one, new JobId(1000));

        Assert.Throws<ViolationException>(() => check.OnAppend(0, new Generation(4), other, new JobId(1001)));
        Assert.Throws<ViolationException>(() => check.OnAppend(0, new Generation(5), other, new JobId(1001)));
        Assert.Throws<ViolationException>(() => check.OnPromised(0, new Generation(5), other));
        Assert.Throws<ViolationException>(() => check.OnPromised(0, new Generation(4), one));
    }

    [Fact]
    public void I4_a_later_session_that_asks_one_that_was_replaced_is_noticed()
    {
        var check = new FencingCheck();
        check.OnPromised(1, new Generation(5), default);
        check.OnReplaced(1, new Generation(5));
        check.OnPromised(1, new Generation(5), default);

        Assert.Throws<ViolationException>(() => check.OnPromised(1, new Generation(6), default));
    }

    [Fact]
    public void I4_two_sessions_of_one_generation_are_noticed()
    {
        var check = new FencingCheck();
        check.OnActive(new SessionLog(0, default, 4), new Generation(2));

        Assert.Throws<ViolationException>(() => check.OnActive(new SessionLog(1, default, 4), new Generation(2)));
    }

    [Fact]
    public void I3_once_a_state_is_ruled_out_nothing_agrees_with_it_again()
    {
        var log = new SessionLog(0, default, 4);
        log.Begin(new Generation(1), null);

        var e = Assert.Throws<ViolationException>(() => log.KeepStates(static state => state.Stamps[0] == 9, "I3", "none"));

        Assert.Equal("I3", e.Invariant);
        Assert.Equal(RequestKind.Read, new SimulatedRequest(null, RequestKind.Read, 0, 1).Kind);
    }
}
