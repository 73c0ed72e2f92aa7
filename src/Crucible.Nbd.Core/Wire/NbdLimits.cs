namespace Crucible.Nbd;

/// <summary>Every limit of the protocol's core, with its reason.</summary>
public static class NbdLimits
{
    /// <summary>Longest read or write, bytes: what the protocol asks every server to serve.</summary>
    public const int MaxPayloadBytes = 32 << 20;

    /// <summary>A write this long is still read past and answered; one longer is taken for an attack and closes the connection.</summary>
    public const int MaxSkippedPayloadBytes = 2 * MaxPayloadBytes;

    /// <summary>Longest data of an option that is looked at, bytes: an export's name and more context queries than there are contexts.</summary>
    public const int MaxOptionBytes = 32 << 10;

    /// <summary>Data of an option this long is still read past and answered; more closes the connection.</summary>
    public const int MaxSkippedOptionBytes = 4 << 20;

    /// <summary>Longest string, bytes, as the protocol has it.</summary>
    public const int MaxStringBytes = 4096;

    /// <summary>Most options of one handshake: a client needs about ten.</summary>
    public const int MaxOptions = 1024;

    /// <summary>Most descriptors of a context in one reply: 64 KiB of them, 128 with extended headers.</summary>
    public const int MaxDescriptors = 8192;

    /// <summary>Smallest request, bytes: parts of blocks are read, changed and written.</summary>
    public const int MinBlockBytes = 1;

    /// <summary>Smallest preferred request, bytes, also where the volume's blocks are smaller: a page.</summary>
    public const int MinPreferredBlockBytes = 4096;

    /// <summary>Longest text of an error, bytes.</summary>
    public const int MaxErrorTextBytes = 512;
}
