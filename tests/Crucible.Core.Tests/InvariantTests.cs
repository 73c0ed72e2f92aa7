namespace Crucible.Tests;

public sealed class InvariantTests
{
    [Fact]
    public void A_broken_invariant_tells_its_condition()
    {
        var left = 1;

        var thrown = Assert.Throws<InvariantException>(() => Invariant.Require(left > 2));

        Assert.Equal("invariant broken: left > 2", thrown.Message);
    }

    [Fact]
    public void Numbers_that_travel_and_lie_on_disk_are_permanent()
    {
        Assert.Equal(
            "None 0, OutOfRange 1, NotAligned 2, IoError 3, IntegrityError 4, NoSpace 5, ReadOnly 6, NotActive 7, "
                + "RegionFaulted 8, NotEnoughReplicas 9, Superseded 10, Closed 11, Unsupported 12",
            string.Join(", ", Enum.GetValues<ErrorCode>().Select(code => $"{code} {(byte)code}")));
        Assert.Equal(
            "Version 1, ReadOnly 2, Encryption 3, Generation 4, Identity 5, Busy 6, Faulted 7",
            string.Join(", ", Enum.GetValues<RefusalCode>().Select(code => $"{code} {(byte)code}")));
        Assert.Equal(
            "NeverWritten 0, Data 1, Zeroes 2, Lost 3",
            string.Join(", ", Enum.GetValues<BlockState>().Select(state => $"{state} {(byte)state}")));
    }
}
