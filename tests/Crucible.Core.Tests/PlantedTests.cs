using System.Reflection;

namespace Crucible.Tests;

public class PlantedTests
{
    [Fact]
    public void No_bug_is_planted_in_what_ships_and_none_can_be()
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

        Assert.All(Enum.GetValues<PlantedBug>(), static bug => Assert.False(Planted.Is(bug)));
        Assert.Empty(typeof(Planted).GetFields(All));
        Assert.Empty(typeof(Planted).GetProperties(All));
    }
}
