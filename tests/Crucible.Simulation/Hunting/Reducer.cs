namespace Crucible.Simulation;

/// <summary>Makes a failing life smaller: fewer faults, fewer requests, while it still breaks the same promise.</summary>
internal static class Reducer
{
    /// <summary>Most lives that are tried.</summary>
    private const int MostTries = 250;

    public static KeptSeed Reduce(LifeResult failed, LifeOptions options)
    {
        var seed = failed.Plan.Seed;
        var tries = 0;
        bool Fails(List<int> only, int requests) =>
            tries++ < MostTries && Life.Run(seed, options with { Only = only, MostRequests = requests, Tells = false }).Invariant == failed.Invariant;

        var only = new List<int>(options.Only ?? [.. failed.FiredFaults]);
        if (!Fails(only, options.MostRequests))
        {
            only = [.. failed.Plan.Faults.Select(static fault => fault.Number)];
        }

        for (var size = Math.Max(1, only.Count / 2); size >= 1; size /= 2)
        {
            for (var from = 0; from < only.Count;)
            {
                var fewer = only.Where((_, i) => i < from || i >= from + size).ToList();
                if (Fails(fewer, options.MostRequests))
                {
                    only = fewer;
                }
                else
                {
                    from += size;
                }
            }
        }

        var requests = options.MostRequests;
        var (least, most) = (0, (int)Math.Min(requests, failed.Coverage.Outcomes[(int)Outcome.RequestsDone] + failed.Coverage.Outcomes[(int)Outcome.RequestsFailed] + 50));
        while (least < most && tries < MostTries)
        {
            var middle = (least + most) / 2;
            if (Fails(only, middle))
            {
                requests = most = middle;
            }
            else
            {
                least = middle + 1;
            }
        }

        return new KeptSeed(seed, failed.Invariant!, failed.Problem!.Split('\n')[0], [.. only], requests);
    }
}
