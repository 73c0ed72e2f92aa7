namespace Crucible.Nbd;

/// <summary>What a client asks for once it uses an export; permanent numbers.</summary>
public enum NbdCommand : ushort
{
    /// <summary>Read a range.</summary>
    Read = 0,

    /// <summary>Write a range; the bytes follow.</summary>
    Write = 1,

    /// <summary>Finish what is under way and close. Has no reply.</summary>
    Disconnect = 2,

    /// <summary>Make everything acknowledged durable.</summary>
    Flush = 3,

    /// <summary>A range is not needed any more.</summary>
    Trim = 4,

    /// <summary>A range will be needed soon.</summary>
    Cache = 5,

    /// <summary>Make a range zeroes.</summary>
    WriteZeroes = 6,

    /// <summary>Which parts of a range are what?</summary>
    BlockStatus = 7,
}

/// <summary>How a command is meant; permanent bits.</summary>
[Flags]
public enum NbdCommandFlags : ushort
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Durable before it is answered.</summary>
    ForceUnitAccess = 1 << 0,

    /// <summary>Zeroes that keep their space.</summary>
    NoHole = 1 << 1,

    /// <summary>Answer a read in one chunk.</summary>
    DontFragment = 1 << 2,

    /// <summary>One descriptor a context is enough.</summary>
    RequestOne = 1 << 3,

    /// <summary>Fail where zeroing is no faster than writing.</summary>
    FastZero = 1 << 4,

    /// <summary>The length is that of a payload which follows; with extended headers only.</summary>
    PayloadLength = 1 << 5,
}

/// <summary>What a chunk of a structured reply carries; permanent numbers. Errors have the highest bit set.</summary>
public enum NbdChunk : ushort
{
    /// <summary>Nothing: only to be the last.</summary>
    None = 0,

    /// <summary>Bytes of the export.</summary>
    OffsetData = 1,

    /// <summary>Zeroes of the export, not sent.</summary>
    OffsetHole = 2,

    /// <summary>Descriptors of a context with 32-bit lengths.</summary>
    BlockStatus = 5,

    /// <summary>Descriptors of a context with 64-bit lengths.</summary>
    BlockStatusExtended = 6,

    /// <summary>The request failed.</summary>
    Error = 0x8001,

    /// <summary>The request failed at an offset.</summary>
    ErrorOffset = 0x8002,
}

/// <summary>What a chunk is within its reply; permanent bits.</summary>
[Flags]
public enum NbdReplyFlags : ushort
{
    /// <summary>More chunks follow.</summary>
    None = 0,

    /// <summary>The last chunk.</summary>
    Done = 1 << 0,
}

/// <summary>How a request failed; permanent numbers, those of Linux.</summary>
public enum NbdError : uint
{
    /// <summary>It did not.</summary>
    None = 0,

    /// <summary>EPERM: the export is read only.</summary>
    NotPermitted = 1,

    /// <summary>EIO.</summary>
    InputOutput = 5,

    /// <summary>ENOMEM.</summary>
    NoMemory = 12,

    /// <summary>EINVAL: the request can't be.</summary>
    Invalid = 22,

    /// <summary>ENOSPC: a write beyond the end, or no space is left.</summary>
    NoSpace = 28,

    /// <summary>EOVERFLOW: longer than is served at once.</summary>
    Overflow = 75,

    /// <summary>ENOTSUP: zeroing would not be fast.</summary>
    NotSupported = 95,

    /// <summary>ESHUTDOWN: the server is going down.</summary>
    Shutdown = 108,
}

/// <summary>How replies are framed, as the handshake agreed.</summary>
public enum NbdReplyMode
{
    /// <summary>An error number, and a read's bytes.</summary>
    Simple,

    /// <summary>Chunks with 32-bit lengths.</summary>
    Structured,

    /// <summary>Chunks with 64-bit lengths; requests have them too.</summary>
    Extended,
}
