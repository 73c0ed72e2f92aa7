namespace Crucible.Nbd;

/// <summary>The numbers by which the parts of the protocol are known. All integers of NBD are big-endian.</summary>
public static class NbdMagic
{
    /// <summary>The first 8 bytes of a connection: "NBDMAGIC".</summary>
    public const ulong Greeting = 0x4e42444d41474943;

    /// <summary>In front of every option, and second in the greeting: "IHAVEOPT".</summary>
    public const ulong Option = 0x49484156454f5054;

    /// <summary>In front of every answer to an option.</summary>
    public const ulong OptionReply = 0x0003e889045565a9;

    /// <summary>In front of a request.</summary>
    public const uint Request = 0x25609513;

    /// <summary>In front of a request with a 64-bit length.</summary>
    public const uint ExtendedRequest = 0x21e41c71;

    /// <summary>In front of a simple reply.</summary>
    public const uint SimpleReply = 0x67446698;

    /// <summary>In front of a chunk of a structured reply.</summary>
    public const uint StructuredReply = 0x668e33ef;

    /// <summary>In front of a chunk of a reply with a 64-bit length.</summary>
    public const uint ExtendedReply = 0x6e8a278c;
}
