namespace Crucible;

/// <summary>How a job or a guest request ended. The numbers travel on the wire and never change.</summary>
public enum ErrorCode : byte
{
    /// <summary>Done as asked.</summary>
    None = 0,

    /// <summary>The range does not lie within the region, or a job spans two extents.</summary>
    OutOfRange = 1,

    /// <summary>The range is not made of whole blocks, or the payload's length does not fit it.</summary>
    NotAligned = 2,

    /// <summary>The operating system refused a read, a write or a sync.</summary>
    IoError = 3,

    /// <summary>A block does not match the context that proves it.</summary>
    IntegrityError = 4,

    /// <summary>No space is left on the replica's file system.</summary>
    NoSpace = 5,

    /// <summary>The volume, the upstairs or the region is read only.</summary>
    ReadOnly = 6,

    /// <summary>The sender is not, or no longer, the active upstairs of this region.</summary>
    NotActive = 7,

    /// <summary>A sync failed before: this region is no longer trusted until it was opened and repaired anew.</summary>
    RegionFaulted = 8,

    /// <summary>Fewer than two replicas are active.</summary>
    NotEnoughReplicas = 9,

    /// <summary>A later activation of the volume has taken over: final for this upstairs.</summary>
    Superseded = 10,

    /// <summary>The volume is being closed.</summary>
    Closed = 11,

    /// <summary>The peer does not know how to do this.</summary>
    Unsupported = 12,
}

/// <summary>Why a downstairs refuses a greeting. The numbers travel on the wire and never change.</summary>
public enum RefusalCode : byte
{
    /// <summary>No protocol version is known to both sides.</summary>
    Version = 1,

    /// <summary>The upstairs wants to write and the region is served read only.</summary>
    ReadOnly = 2,

    /// <summary>One side encrypts and the other does not.</summary>
    Encryption = 3,

    /// <summary>A higher generation, or the same one of another session, was promised before.</summary>
    Generation = 4,

    /// <summary>The region belongs to another volume.</summary>
    Identity = 5,

    /// <summary>No more connections are taken.</summary>
    Busy = 6,

    /// <summary>The region is faulted and serves nothing.</summary>
    Faulted = 7,
}
