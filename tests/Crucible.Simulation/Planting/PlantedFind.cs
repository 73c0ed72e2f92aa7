using System.Globalization;

namespace Crucible.Simulation;

/// <summary>How the search for a planted bug went.</summary>
/// <param name="Bug">Which.</param>
/// <param name="Seeds">Lives that it took, or, not found, that were lived.</param>
/// <param name="Seed">The life that showed it; null: it was not found.</param>
/// <param name="Invariant">The promise that was seen broken; null: none.</param>
/// <param name="Problem">How.</param>
internal sealed record PlantedFind(PlantedBug Bug, long Seeds, ulong? Seed, string? Invariant, string? Problem)
{
    /// <summary>Seeds that break a promise without the bug too: they show nothing of it, and a bug that nobody planted.</summary>
    public required IReadOnlyList<ulong> BrokenWithout { get; init; }

    public bool IsFound => Seed is not null;

    /// <summary>Lives seed after seed with the bug until one breaks a promise that it keeps without.</summary>
    /// <param name="bug">Which.</param>
    /// <param name="first">The first seed.</param>
    /// <param name="seeds">Most seeds.</param>
    /// <param name="threads">Lives beside each other; the outcome does not depend on it.</param>
    public static PlantedFind Search(PlantedBug bug, ulong first, long seeds, int threads)
    {
        var broken = new List<ulong>();
        for (var lived = 0L; lived < seeds;)
        {
            PlantedSwitch.TryPlant(bug);
            var hunt = new Hunt(first + (ulong)lived, LifeOptions.Default);
            hunt.Run(seeds - lived, null, threads, keepsOn: false);
            PlantedSwitch.TryPlant(PlantedBug.None);
            if (hunt.LivesToViolation is not { } lives)
            {
                break;
            }

            lived += lives;
            var seed = first + (ulong)lived - 1;
            if (Life.Run(seed, LifeOptions.Default).IsGood)
            {
                var life = hunt.Violations[seed];
                return new PlantedFind(bug, lived, seed, life.Invariant, life.Problem!.Split('\n')[0].Trim()) { BrokenWithout = broken };
            }

            broken.Add(seed);
        }

        return new PlantedFind(bug, seeds, null, null, null) { BrokenWithout = broken };
    }

    public override string ToString() => IsFound
        ? string.Create(CultureInfo.InvariantCulture, $"{Bug,-28}{Seeds,7}{Seed,10}  {Invariant,-9} {Shorten(Problem!)}{Without}")
        : string.Create(CultureInfo.InvariantCulture, $"{Bug,-28}{Seeds,7}   not found{Without}");

    private string Without => BrokenWithout.Count == 0 ? "" : $" (broken without it: {string.Join(", ", BrokenWithout)})";

    private static string Shorten(string text) => text.Length <= 110 ? text : $"{text[..110]}…";
}
