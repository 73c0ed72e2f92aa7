namespace Crucible.Tests;

public sealed class InstantTests
{
    [Fact]
    public void Differences_and_sums_are_exact()
    {
        var start = new Instant(1_000);

        Assert.Equal(TimeSpan.FromTicks(500), new Instant(1_500) - start);
        Assert.Equal(new Instant(1_500), start + TimeSpan.FromTicks(500));
        Assert.Equal(new Instant(500), start + TimeSpan.FromTicks(-500));
        Assert.Equal(start, Instant.Min(start, Instant.Never));
        Assert.Equal(start, Instant.Min(Instant.Never, start));
    }

    [Fact]
    public void A_sum_past_the_end_of_time_is_never()
    {
        Assert.Equal(Instant.Never, new Instant(1) + TimeSpan.MaxValue);
        Assert.Equal(Instant.Never, Instant.Never + TimeSpan.FromTicks(1));
        Assert.Equal(Instant.Never, Instant.Never + TimeSpan.Zero);
    }

    [Fact]
    public void Instants_compare_by_time()
    {
        Assert.True(new Instant(1) < Instant.Never);
        Assert.True(new Instant(2) > new Instant(1));
        Assert.True(new Instant(2) >= new Instant(2) && new Instant(2) <= new Instant(2));
    }
}
