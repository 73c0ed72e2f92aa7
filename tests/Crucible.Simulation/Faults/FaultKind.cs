namespace Crucible.Simulation;

/// <summary>What can go wrong. Each is counted, and a hunt in which one never fired has failed.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 of a daemon between two events; started again after a while.</summary>
    CrashDownstairs,

    /// <summary>kill -9 of a daemon in the middle of its disk operations.</summary>
    CrashDownstairsInDiskWork,

    /// <summary>kill -9 of the upstairs; another one is opened.</summary>
    CrashUpstairs,

    /// <summary>The upstairs is closed cleanly and another one opened.</summary>
    CloseUpstairs,

    /// <summary>One machine loses its power.</summary>
    PowerLoss,

    /// <summary>All three machines lose their power at the same instant.</summary>
    PowerLossOnAll,

    /// <summary>All three machines and that of the upstairs.</summary>
    PowerLossOnAllAndUpstairs,

    /// <summary>SIGSTOP and SIGCONT of a daemon.</summary>
    FreezeDownstairs,

    /// <summary>SIGSTOP and SIGCONT of the upstairs.</summary>
    FreezeUpstairs,

    /// <summary>Nothing passes between a host and a replica.</summary>
    Partition,

    /// <summary>Nothing passes towards the replica.</summary>
    PartitionTowards,

    /// <summary>Nothing passes from the replica.</summary>
    PartitionFrom,

    /// <summary>Connections of a replica break; what was under way is lost.</summary>
    ConnectionReset,

    /// <summary>A link takes tens of milliseconds.</summary>
    SlowLink,

    /// <summary>A disk takes up to a second a call.</summary>
    SlowDisk,

    /// <summary>No new space on a disk, until some is freed.</summary>
    DiskFull,

    /// <summary>A read of a disk fails.</summary>
    ReadError,

    /// <summary>A write to a disk fails half way.</summary>
    WriteError,

    /// <summary>A sync fails, and from then on the page cache shows what is not on the platter.</summary>
    SyncError,

    /// <summary>Bits flip at rest in an extent's data.</summary>
    RotInData,

    /// <summary>Bits flip at rest in an extent's contexts or metadata.</summary>
    RotInContexts,

    /// <summary>Bits flip at rest in the journal.</summary>
    RotInJournal,

    /// <summary>An extent's file is gone.</summary>
    ExtentMissing,

    /// <summary>An extent's file is cut short.</summary>
    ExtentTruncated,

    /// <summary>The region is wiped and a new one made at its address.</summary>
    Wiped,

    /// <summary>The region is replaced by an older copy of itself.</summary>
    RolledBack,

    /// <summary>A byte is flipped on the wire.</summary>
    WireFlip,

    /// <summary>Bytes that are no frame arrive.</summary>
    WireGarbage,

    /// <summary>Another upstairs takes over while the first still lives.</summary>
    Takeover,

    /// <summary>A replica returns after its place was given up.</summary>
    LateReturn,

    /// <summary>One machine loses its power in the middle of its daemon's disk operations.</summary>
    PowerLossInDiskWork,

    /// <summary>A replica that was away comes back in the moment in which another one is killed.</summary>
    QuorumSwap,

    /// <summary>The operator lets an empty region at another address take a replica's place while the guest runs.</summary>
    Replaced,
}
