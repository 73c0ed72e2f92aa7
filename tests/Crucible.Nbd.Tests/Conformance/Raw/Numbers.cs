namespace Crucible.Nbd.Tests.Conformance.Raw;

/// <summary>
/// The protocol's numbers, written down from its description (NetworkBlockDevice/nbd, doc/proto.md) and not from the product,
/// so that the suite notices where the product has one wrong.
/// </summary>
internal static class Numbers
{
    public const ulong Greeting = 0x4e42444d41474943;
    public const ulong HaveOption = 0x49484156454F5054;
    public const ulong OptionReply = 0x0003e889045565a9;
    public const uint Request = 0x25609513;
    public const uint SimpleReply = 0x67446698;
    public const uint StructuredReply = 0x668e33ef;
    public const uint ExtendedRequest = 0x21e41c71;
    public const uint ExtendedReply = 0x6e8a278c;

    /// <summary>What every server must take in one request, in bytes.</summary>
    public const int LargestPayload = 32 << 20;
}

internal static class Handshake
{
    public const ushort FixedNewstyle = 1;
    public const ushort NoZeroes = 2;
}

internal static class Option
{
    public const uint ExportName = 1;
    public const uint Abort = 2;
    public const uint List = 3;
    public const uint PeekExport = 4;
    public const uint StartTls = 5;
    public const uint Info = 6;
    public const uint Go = 7;
    public const uint StructuredReply = 8;
    public const uint ListMetaContext = 9;
    public const uint SetMetaContext = 10;
    public const uint ExtendedHeaders = 11;
    public const uint Unknown = 0xdeadbeef;
}

internal static class Answered
{
    public const uint Ack = 1;
    public const uint Server = 2;
    public const uint Info = 3;
    public const uint MetaContext = 4;
    public const uint Error = 1u << 31;
    public const uint Unsupported = Error + 1;
    public const uint Policy = Error + 2;
    public const uint Invalid = Error + 3;
    public const uint TlsRequired = Error + 5;
    public const uint Unknown = Error + 6;
    public const uint TooBig = Error + 9;
}

internal static class Info
{
    public const ushort Export = 0;
    public const ushort Name = 1;
    public const ushort Description = 2;
    public const ushort BlockSize = 3;
}

[Flags]
internal enum ExportFlags : ushort
{
    HasFlags = 1 << 0,
    ReadOnly = 1 << 1,
    Flush = 1 << 2,
    Fua = 1 << 3,
    Trim = 1 << 5,
    WriteZeroes = 1 << 6,
    DontFragment = 1 << 7,
    MultiConnection = 1 << 8,
    Cache = 1 << 10,
    FastZero = 1 << 11,
}

internal static class Command
{
    public const ushort Read = 0;
    public const ushort Write = 1;
    public const ushort Disconnect = 2;
    public const ushort Flush = 3;
    public const ushort Trim = 4;
    public const ushort Cache = 5;
    public const ushort WriteZeroes = 6;
    public const ushort BlockStatus = 7;
    public const ushort Unknown = 99;
}

internal static class CommandFlag
{
    public const ushort Fua = 1 << 0;
    public const ushort NoHole = 1 << 1;
    public const ushort DontFragment = 1 << 2;
    public const ushort OnlyOne = 1 << 3;
    public const ushort FastZero = 1 << 4;
    public const ushort HasPayload = 1 << 5;
    public const ushort Unknown = 1 << 14;
}

internal static class Chunk
{
    public const ushort Done = 1;
    public const ushort None = 0;
    public const ushort Data = 1;
    public const ushort Hole = 2;
    public const ushort Status = 5;
    public const ushort WideStatus = 6;
    public const ushort Error = 1 << 15;
}

internal static class Allocation
{
    public const uint Hole = 1;
    public const uint Zero = 2;
}

internal static class Errno
{
    public const uint None = 0;
    public const uint NotPermitted = 1;
    public const uint Invalid = 22;
    public const uint NoSpace = 28;
    public const uint Overflow = 75;
    public const uint NotSupported = 95;
}
