namespace Crucible.Simulation.Tests;

public class ReplayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(77)]
    public void A_seed_lived_twice_is_the_same_life_bit_by_bit(ulong seed)
    {
        var once = Life.Run(seed, LifeOptions.Default);
        Life.Run(seed + 1000, LifeOptions.Default);
        var again = Life.Run(seed, LifeOptions.Default with { Tells = true });

        Assert.Equal(once.Hash, again.Hash);
        Assert.Equal(once.Steps, again.Steps);
        Assert.Equal(once.Coverage.Outcomes, again.Coverage.Outcomes);
        Assert.NotEmpty(again.Lines);
    }

    [Fact]
    public void A_seed_is_the_same_life_on_another_thread()
    {
        var here = Life.Run(5, LifeOptions.Default).Hash;
        var there = 0UL;
        var thread = new Thread(() => there = Life.Run(5, LifeOptions.Default).Hash);
        thread.Start();
        thread.Join();

        Assert.Equal(here, there);
    }

    [Fact]
    public void Two_seeds_are_two_lives() =>
        Assert.NotEqual(Life.Run(5, LifeOptions.Default).Hash, Life.Run(6, LifeOptions.Default).Hash);

    [Fact]
    public void A_fault_left_out_does_not_fire_and_moves_no_other()
    {
        var all = Life.Run(8, LifeOptions.Default with { Tells = true });
        var without = Life.Run(8, LifeOptions.Default with { Tells = true, Only = [.. all.FiredFaults.Skip(1)] });

        Assert.DoesNotContain(all.FiredFaults[0], without.FiredFaults);
        Assert.Equal(all.Plan.Faults, without.Plan.Faults);
    }
}
