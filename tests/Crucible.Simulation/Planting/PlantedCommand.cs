using System.Globalization;
using System.Text.Json;

namespace Crucible.Simulation;

/// <summary>The program's part that plants bugs and tells after how many seeds each is found.</summary>
internal static class PlantedCommand
{
    public const string All = "all";
    public const string Known = "known";

    /// <summary>Within so many seeds every bug must be found.</summary>
    private const long MostSeeds = 10_000;

    private const int Good = 0;
    private const int Missed = 1;
    private const int WrongUsage = 2;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>Searches for one bug, for all of them, or again where each is known to be found.</summary>
    /// <returns>0: each was found; 1: not so; 2: wrong usage, or a build without them.</returns>
    public static int Run(HuntArguments asked)
    {
        var bugs = Find(asked.Planted!);
        if (bugs.Length == 0)
        {
            return WrongUsage;
        }

        var finds = new List<PlantedFind>();
        if (!asked.Json)
        {
            Console.WriteLine($"{"bug",-28}{"seeds",7}{"found at",10}  caught as");
        }

        foreach (var bug in bugs)
        {
            finds.Add(Search(bug, asked));
            if (!asked.Json)
            {
                Console.WriteLine(finds[^1]);
            }
        }

        if (asked.Json)
        {
            Console.WriteLine(Json(finds));
        }

        return finds.TrueForAll(static find => find.IsFound) ? Good : Missed;
    }

    /// <summary>Plants one bug for all lives to come. False, with a word to the user: there is none of that name, or in this build.</summary>
    public static bool TryPlant(string name) => Find(name) is [var bug] && PlantedSwitch.TryPlant(bug);

    private static PlantedFind Search(PlantedBug bug, HuntArguments asked)
    {
        var isKnown = asked.Planted == Known;
        var first = asked.First ?? (isKnown ? KnownFinds.FirstOf(bug) : 1);
        var seeds = asked.Seeds ?? (isKnown ? KnownFinds.SeedsOf(bug) : MostSeeds);
        var find = PlantedFind.Search(bug, first, seeds, asked.Threads);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bug}: {find.Seeds} seeds"));
        return find;
    }

    // The bugs that a name means; none, with a word to the user: there is none, or not in this build.
    private static PlantedBug[] Find(string name)
    {
        var bugs = PlantedSwitch.All.Where(bug => name is All or Known || name.Equals(bug.ToString(), StringComparison.OrdinalIgnoreCase));
        if (!bugs.Any())
        {
            Console.Error.WriteLine($"no planted bug is called {name}; there are {string.Join(", ", PlantedSwitch.All)}");
            return [];
        }

        if (!PlantedSwitch.IsThere)
        {
            Console.Error.WriteLine("this build has no planted bugs: build and run it with -p:PlantedBugs=true");
            return [];
        }

        return [.. bugs];
    }

    private static string Json(List<PlantedFind> finds) => JsonSerializer.Serialize(
        finds.Select(static find => new
        {
            bug = find.Bug.ToString(),
            found = find.IsFound,
            seeds = find.Seeds,
            seed = find.Seed,
            invariant = find.Invariant,
            problem = find.Problem,
            brokenWithout = find.BrokenWithout,
        }),
        Format);
}
