namespace Crucible.Storage;

/// <summary>How an extent stands: what two replicas compare before they compare contexts.</summary>
/// <param name="Generation">Of the flush that last found the extent dirty.</param>
/// <param name="FlushNumber">That flush.</param>
/// <param name="Dirty">Written since.</param>
/// <param name="Faulted">Something of the extent is damaged: compare its contexts, don't believe its version.</param>
public readonly record struct ExtentVersion(Generation Generation, FlushNumber FlushNumber, bool Dirty, bool Faulted);

[Flags]
internal enum ExtentFlags : byte
{
    None = 0,

    /// <summary>Written since the last flush.</summary>
    Dirty = 1,

    /// <summary>The extent has a file that was durable as a whole.</summary>
    Established = 2,

    /// <summary>Some block of it was found damaged and not rewritten since.</summary>
    Damaged = 4,

    /// <summary>What lies on disk.</summary>
    Persisted = Dirty | Established | Damaged,

    /// <summary>In memory only: differs from the disk, is in the list of changes.</summary>
    Changed = 8,

    /// <summary>In memory only: its file is missing or not an extent's; nothing of it can be read.</summary>
    FileFaulted = 16,

    /// <summary>In memory only: is in the list of dirty extents.</summary>
    Listed = 32,

    /// <summary>In memory only, while not established: its file holds, or may hold, data that the journal relies on.</summary>
    Direct = 64,

    /// <summary>In memory only: the apply under way changes it.</summary>
    Planned = 128,
}

internal readonly record struct ExtentEntry(uint Extent, ulong Generation, ulong FlushNumber, ExtentFlags Flags);
