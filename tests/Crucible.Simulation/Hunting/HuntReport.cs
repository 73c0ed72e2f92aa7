using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Crucible.Simulation;

/// <summary>What a hunt found, for people or as JSON.</summary>
internal static class HuntReport
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>One line while it runs.</summary>
    public static string Progress(Hunt hunt) => string.Create(
        CultureInfo.InvariantCulture,
        $"{hunt.Lives} seeds in {hunt.Elapsed.TotalSeconds:0} s, {hunt.Lives / Math.Max(0.001, hunt.Elapsed.TotalSeconds):0.0} a second, {Count(hunt)}");

    private static string Count(Hunt hunt)
    {
        var seeds = hunt.ViolatingSeeds();
        return $"{seeds.Length} violations{(seeds.Length == 0 ? "" : $" (seeds {string.Join(", ", seeds)})")}";
    }

    /// <summary>The fault kinds that never fired.</summary>
    public static IReadOnlyList<FaultKind> NeverFired(Hunt hunt) =>
        [.. Enum.GetValues<FaultKind>().Where(kind => hunt.Coverage.Faults[(int)kind] == 0)];

    public static string Text(Hunt hunt)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"fault",-28}{"fired",12}{"in seeds",12}");
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{kind,-28}{hunt.Coverage.Faults[(int)kind],12}{hunt.Coverage.FaultLives[(int)kind],12}");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{"outcome",-28}{"seen",12}{"in seeds",12}");
        foreach (var outcome in Enum.GetValues<Outcome>())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{outcome,-28}{hunt.Coverage.Outcomes[(int)outcome],12}{hunt.Coverage.OutcomeLives[(int)outcome],12}");
        }

        var seconds = Math.Max(0.001, hunt.Elapsed.TotalSeconds);
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{hunt.Lives} seeds from {hunt.First} in {seconds:0.0} s: {hunt.Lives / seconds:0.0} seeds a second, "
            + $"{hunt.Lived.TotalHours / seconds * 3600:0} simulated hours a real hour, {(double)hunt.Steps / Math.Max(1, hunt.Lives):0} events and "
            + $"{(double)hunt.Coverage.FaultCount / Math.Max(1, hunt.Lives):0.0} faults a seed (at least {(hunt.FewestFaults == long.MaxValue ? 0 : hunt.FewestFaults)}); {hunt.Violations.Count} violations");
        return text.ToString();
    }

    public static string Json(Hunt hunt) => JsonSerializer.Serialize(
        new
        {
            seeds = hunt.Lives,
            first = hunt.First,
            seconds = hunt.Elapsed.TotalSeconds,
            seedsPerSecond = hunt.Lives / Math.Max(0.001, hunt.Elapsed.TotalSeconds),
            simulatedHoursPerHour = hunt.Lived.TotalSeconds / Math.Max(0.001, hunt.Elapsed.TotalSeconds),
            fewestFaults = hunt.FewestFaults == long.MaxValue ? 0 : hunt.FewestFaults,
            livesToViolation = hunt.LivesToViolation,
            faults = Enum.GetValues<FaultKind>().ToDictionary(static k => k.ToString(), k => new { fired = hunt.Coverage.Faults[(int)k], seeds = hunt.Coverage.FaultLives[(int)k] }),
            outcomes = Enum.GetValues<Outcome>().ToDictionary(static o => o.ToString(), o => new { seen = hunt.Coverage.Outcomes[(int)o], seeds = hunt.Coverage.OutcomeLives[(int)o] }),
            violations = hunt.Violations.Select(static v => new { seed = v.Key, invariant = v.Value.Invariant, problem = v.Value.Problem }),
        },
        Format);
}
