namespace Crucible.Storage;

/// <summary>What a journal record does. The numbers lie on disk and never change.</summary>
internal enum RecordKind : ushort
{
    /// <summary>Blocks with contexts and data.</summary>
    Write = 1,

    /// <summary>Blocks become zeroes.</summary>
    WriteZeroes = 2,

    /// <summary>Blocks become never written.</summary>
    Discard = 3,

    /// <summary>Every dirty extent gets the flush number.</summary>
    Flush = 4,

    /// <summary>A generation is promised to a session.</summary>
    Promote = 5,

    /// <summary>The region is alike with its quorum.</summary>
    InSync = 6,

    /// <summary>From here on the region may be a mixture until it is in sync.</summary>
    BeginRepair = 7,

    /// <summary>The region belongs to a volume.</summary>
    Volume = 8,

    /// <summary>As a write, but the position stays.</summary>
    RepairWrite = 9,

    /// <summary>An extent takes over the version of the replica it was repaired from.</summary>
    ExtentVersion = 10,
}
