namespace Crucible.Storage;

/// <summary>Blocks of one extent that follow one another, and the home of each that is meant.</summary>
/// <param name="First">Counted in the extent.</param>
internal readonly record struct HomeRun(uint Extent, uint First, uint Count, BlockHome Home)
{
    /// <summary>Adds a block, given in ascending order, to one of the last two runs (each home may have one) or as a new one.</summary>
    public static void Add(List<HomeRun> runs, uint extent, uint block, BlockHome home)
    {
        for (var back = 1; back <= 2 && back <= runs.Count; back++)
        {
            var run = runs[^back];
            if (run.Extent == extent && run.Home == home && run.First + run.Count == block)
            {
                runs[^back] = run with { Count = run.Count + 1 };
                return;
            }
        }

        runs.Add(new HomeRun(extent, block, 1, home));
    }
}
