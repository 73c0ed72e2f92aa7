namespace Crucible.Nbd;

/// <summary>What the server can do before any option; permanent bits.</summary>
[Flags]
public enum NbdHandshakeFlags : ushort
{
    /// <summary>Options are answered one by one, also unknown ones.</summary>
    FixedNewstyle = 1 << 0,

    /// <summary>The 124 zeroes after EXPORT_NAME can be left out.</summary>
    NoZeroes = 1 << 1,
}

/// <summary>What the client took up of the server's offer; permanent bits.</summary>
[Flags]
public enum NbdClientFlags : uint
{
    /// <summary>The client understands answers to options.</summary>
    FixedNewstyle = 1 << 0,

    /// <summary>The client does not want the 124 zeroes.</summary>
    NoZeroes = 1 << 1,
}

/// <summary>What a client asks for during the handshake; permanent numbers.</summary>
public enum NbdOption : uint
{
    /// <summary>Use the export of this name, with no way to be told why not.</summary>
    ExportName = 1,

    /// <summary>Give up.</summary>
    Abort = 2,

    /// <summary>Which exports are there?</summary>
    List = 3,

    /// <summary>Go on under TLS.</summary>
    StartTls = 5,

    /// <summary>Tell about an export.</summary>
    Info = 6,

    /// <summary>Tell about an export and use it.</summary>
    Go = 7,

    /// <summary>Answer requests in chunks.</summary>
    StructuredReply = 8,

    /// <summary>Which kinds of block status are there?</summary>
    ListMetaContext = 9,

    /// <summary>Which kinds of block status are wanted.</summary>
    SetMetaContext = 10,

    /// <summary>Use headers with 64-bit lengths.</summary>
    ExtendedHeaders = 11,
}

/// <summary>What an answer to an option is; permanent numbers. Errors have the highest bit set.</summary>
public enum NbdOptionReply : uint
{
    /// <summary>Done.</summary>
    Ack = 1,

    /// <summary>One export of a list.</summary>
    Server = 2,

    /// <summary>One item about an export.</summary>
    Info = 3,

    /// <summary>One kind of block status.</summary>
    MetaContext = 4,

    /// <summary>Unknown option.</summary>
    ErrorUnsupported = 0x8000_0001,

    /// <summary>Known, and not allowed here.</summary>
    ErrorPolicy = 0x8000_0002,

    /// <summary>Malformed, or not now.</summary>
    ErrorInvalid = 0x8000_0003,

    /// <summary>Not on this platform.</summary>
    ErrorPlatform = 0x8000_0004,

    /// <summary>Not before TLS.</summary>
    ErrorTlsRequired = 0x8000_0005,

    /// <summary>No such export.</summary>
    ErrorUnknown = 0x8000_0006,

    /// <summary>The server is going down.</summary>
    ErrorShutdown = 0x8000_0007,

    /// <summary>The client has to ask for the block sizes first.</summary>
    ErrorBlockSizeRequired = 0x8000_0008,

    /// <summary>Too long to be dealt with.</summary>
    ErrorTooBig = 0x8000_0009,

    /// <summary>Extended headers are in use, or needed.</summary>
    ErrorExtendedHeadersRequired = 0x8000_000a,
}

/// <summary>Items of information about an export; permanent numbers.</summary>
public enum NbdInfo : ushort
{
    /// <summary>Size and transmission flags.</summary>
    Export = 0,

    /// <summary>The name by which it is listed.</summary>
    Name = 1,

    /// <summary>A line for people.</summary>
    Description = 2,

    /// <summary>Smallest, preferred and largest request.</summary>
    BlockSize = 3,
}

/// <summary>What an export can do; permanent bits.</summary>
[Flags]
public enum NbdTransmissionFlags : ushort
{
    /// <summary>Always set.</summary>
    HasFlags = 1 << 0,

    /// <summary>Writes fail.</summary>
    ReadOnly = 1 << 1,

    /// <summary>FLUSH is understood.</summary>
    SendFlush = 1 << 2,

    /// <summary>The FUA flag is understood.</summary>
    SendFua = 1 << 3,

    /// <summary>It seeks like a spinning disk.</summary>
    Rotational = 1 << 4,

    /// <summary>TRIM is understood.</summary>
    SendTrim = 1 << 5,

    /// <summary>WRITE_ZEROES is understood.</summary>
    SendWriteZeroes = 1 << 6,

    /// <summary>The DF flag is understood.</summary>
    SendDontFragment = 1 << 7,

    /// <summary>A flush on one connection covers what was acknowledged on all.</summary>
    CanMultiConnect = 1 << 8,

    /// <summary>CACHE is understood.</summary>
    SendCache = 1 << 10,

    /// <summary>The FAST_ZERO flag is understood.</summary>
    SendFastZero = 1 << 11,

    /// <summary>BLOCK_STATUS may name the contexts it wants.</summary>
    BlockStatusPayload = 1 << 12,
}
