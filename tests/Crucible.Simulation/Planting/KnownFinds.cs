namespace Crucible.Simulation;

/// <summary>
/// Where each planted bug was found, of the seeds 1, 2, 3…: so its number is also how many it took. Tests begin there. What
/// changes how lives go moves all of it: then a bug is found some seeds later, and <c>--planted all</c> tells the new numbers.
/// </summary>
internal static class KnownFinds
{
    private const long FewestSeeds = 300;
    private const long MostSeeds = 10_000;

    /// <summary>The seed that a bug was found at.</summary>
    public static ulong FirstOf(PlantedBug bug) => bug switch
    {
        PlantedBug.SkipJournalSync => 3,
        PlantedBug.RetryFailedSync => 11,
        PlantedBug.ApplyBeforeDurable => 1180,
        PlantedBug.SkipExtentSync => 4,
        PlantedBug.SkipDirectSync => 15,
        PlantedBug.DirectInPlace => 1701,
        PlantedBug.DirectOverPending => 15,
        PlantedBug.ApplyOverDirect => 5,
        PlantedBug.IgnoreDirectData => 1884,
        PlantedBug.ApplyBatchBackwards => 6,
        PlantedBug.IgnoreJournalContexts => 111,
        PlantedBug.ForgetPromiseAtRestart => 3,
        PlantedBug.AcceptEqualGeneration => 4,
        PlantedBug.ForgetRepairBegan => 21,
        PlantedBug.AcknowledgeBeforeJournal => 189,
        PlantedBug.TakeForReplayed => 3,
        PlantedBug.IgnoreChecksum => 4,
        PlantedBug.StaleSource => 4,
        PlantedBug.ShorterSource => 3,
        PlantedBug.RepairingSource => 175,
        PlantedBug.ForgetWitness => 82,
        PlantedBug.WipedRemembers => 3533,
        PlantedBug.FlushNumberNotRaised => 15,
        PlantedBug.LeaveGapAtReplay => 6,
        PlantedBug.ReadUnderRepair => 2,
        PlantedBug.CountUnderRepair => 12,
        PlantedBug.DropRepairExclusion => 633,
        PlantedBug.ReuseJobId => 2,
        PlantedBug.CountReplaced => 38,
        _ => 1,
    };

    /// <summary>How many seeds from there on are looked through at most: several times what it took.</summary>
    public static long SeedsOf(PlantedBug bug) => Math.Clamp(8 * (long)FirstOf(bug), FewestSeeds, MostSeeds);
}
