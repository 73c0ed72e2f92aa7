namespace Crucible;

/// <summary>
/// Bugs that the simulator must find: each breaks one rule at the place where the rule lives (docs/testing.md, "It must be able
/// to fail"). They exist only in builds with the symbol PLANTED_BUGS.
/// </summary>
internal enum PlantedBug
{
    None,

    /// <summary>The journal says that it was synced, and was not.</summary>
    SkipJournalSync,

    /// <summary>A failed sync of the journal is tried again, and believed.</summary>
    RetryFailedSync,

    /// <summary>Blocks go into the extents while the journal that holds them is not durable.</summary>
    ApplyBeforeDurable,

    /// <summary>The checkpoint frees the journal before the extents are synced.</summary>
    SkipExtentSync,

    /// <summary>A sync leaves out the extents that direct writes went to.</summary>
    SkipDirectSync,

    /// <summary>A direct write goes to the home that its block's older version lies in.</summary>
    DirectInPlace,

    /// <summary>A direct write goes to a home that a record which is not applied yet relies on.</summary>
    DirectOverPending,

    /// <summary>A version that comes after a direct write is applied to the home that the direct write's record relies on.</summary>
    ApplyOverDirect,

    /// <summary>Recovery takes a direct write's record although the homes don't hold what its contexts prove.</summary>
    IgnoreDirectData,

    /// <summary>Jobs of a batch take effect in memory in the wrong order.</summary>
    ApplyBatchBackwards,

    /// <summary>Recovery takes a record whose data does not match its contexts.</summary>
    IgnoreJournalContexts,

    /// <summary>A restarted daemon does not know what generation it promised.</summary>
    ForgetPromiseAtRestart,

    /// <summary>The generation that was promised to one session is promised to another one too.</summary>
    AcceptEqualGeneration,

    /// <summary>A repair that begins is not noted.</summary>
    ForgetRepairBegan,

    /// <summary>A write is acknowledged before it is in the journal.</summary>
    AcknowledgeBeforeJournal,

    /// <summary>A flush is acknowledged before the sync.</summary>
    AcknowledgeFlushBeforeSync,

    /// <summary>Jobs that bear the numbers of jobs of an earlier generation are taken for those, and not done.</summary>
    TakeForReplayed,

    /// <summary>Any block is taken for the one that its context proves.</summary>
    IgnoreChecksum,

    /// <summary>The in-sync generation of the last replica learnt counts as the highest.</summary>
    StaleSource,

    /// <summary>The first replica that may be the source is the source, however short its prefix.</summary>
    ShorterSource,

    /// <summary>A replica under repair may be the source.</summary>
    RepairingSource,

    /// <summary>What a replica under repair knows of does not count.</summary>
    ForgetWitness,

    /// <summary>A replica that was never in sync counts as one that remembers.</summary>
    WipedRemembers,

    /// <summary>A flush is acknowledged once one replica has done it.</summary>
    FlushAtOne,

    /// <summary>The flushes of a session all bear one number.</summary>
    FlushNumberNotRaised,

    /// <summary>Jobs are dropped once a quorum has flushed them, and the third replica is believed to hold them.</summary>
    RetireEarly,

    /// <summary>What is sent again is sent newest first, and taken so.</summary>
    ReplayBackwards,

    /// <summary>The first of the jobs to be sent again is left out.</summary>
    LeaveGapAtReplay,

    /// <summary>A replica that rejoins is believed to hold all jobs.</summary>
    TrustRejoining,

    /// <summary>A replica under repair is read from.</summary>
    ReadUnderRepair,

    /// <summary>What a replica under repair has done counts.</summary>
    CountUnderRepair,

    /// <summary>Blocks that the guest writes while a chunk is repaired are copied too.</summary>
    DropRepairExclusion,

    /// <summary>A repaired replica records that it is in sync while the last copies are under way.</summary>
    MarkBeforeCopied,

    /// <summary>Two numbers serve all jobs of repair by turns.</summary>
    ReuseJobId,

    /// <summary>What a region had done counts also after another one took its place.</summary>
    CountReplaced,
}
