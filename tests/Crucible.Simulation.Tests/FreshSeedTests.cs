using System.Globalization;

namespace Crucible.Simulation.Tests;

public class FreshSeedTests
{
    /// <summary>How long to hunt, in seconds.</summary>
    private const string SecondsVariable = "CRUCIBLE_SIMULATION_SECONDS";

    private const double DefaultSeconds = 60;

    /// <summary>So many seeds are lived even where the machine is busy, unless less time was asked for.</summary>
    private const long LeastSeeds = 1000;

    [Fact]
    public void I1_to_I10_hold_in_fresh_lives_of_twenty_faults_each()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable(SecondsVariable) ?? "60", CultureInfo.InvariantCulture);
        var hunt = new Hunt((ulong)DateTime.UtcNow.Ticks / 1000, LifeOptions.Default);

        hunt.Run(long.MaxValue, TimeSpan.FromSeconds(seconds), Environment.ProcessorCount, keepsOn: false, least: seconds < DefaultSeconds ? 1 : LeastSeeds);

        Assert.True(hunt.Violations.Count == 0, Describe(hunt));
        Assert.True(hunt.FewestFaults >= LifePlan.LeastFaults, $"a life saw {hunt.FewestFaults} faults only");
        if (hunt.Lives >= LeastSeeds)
        {
            Assert.Empty(HuntReport.NeverFired(hunt));
        }
    }

    private static string Describe(Hunt hunt)
    {
        if (hunt.Violations.Count == 0)
        {
            return "";
        }

        var life = hunt.Violations.Values.First();
        var kept = Reducer.Reduce(life, LifeOptions.Default);
        return $"seed {life.Plan.Seed} broke {life.Invariant}: {life.Problem}{Environment.NewLine}{kept.Command}{Environment.NewLine}keep it as {kept.ToJson()}";
    }
}
