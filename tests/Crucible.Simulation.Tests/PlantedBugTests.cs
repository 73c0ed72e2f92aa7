namespace Crucible.Simulation.Tests;

/// <summary>The simulator must be able to fail (docs/testing.md): each planted bug is found again, in every run of the tests.</summary>
public class PlantedBugTests(PlantedSimulator simulator) : IClassFixture<PlantedSimulator>
{
    public static TheoryData<string> Bugs() => [.. PlantedSwitch.All.Select(static bug => bug.ToString())];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void I1_to_I10_are_seen_broken_with(string bug)
    {
        var find = simulator[bug];

        Assert.True(find.GetProperty("found").GetBoolean(), $"{bug} was not found in {find.GetProperty("seeds")} seeds");
        Assert.True(find.GetProperty("brokenWithout").GetArrayLength() == 0, $"without {bug} too: {find}");
    }

    [Fact]
    public void At_least_twenty_bugs_are_planted() => Assert.True(PlantedSwitch.All.Count() >= 20);

    [Fact]
    public void This_build_has_none_and_can_plant_none()
    {
        Assert.False(PlantedSwitch.IsThere);
        Assert.All(PlantedSwitch.All, static bug => Assert.False(PlantedSwitch.TryPlant(bug)));
    }
}
