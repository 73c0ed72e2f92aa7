namespace Crucible.Nbd;

/// <summary>What a handshake agreed on; holds for the rest of the connection.</summary>
/// <param name="Export">What the client uses.</param>
/// <param name="Replies">How requests and replies are framed.</param>
/// <param name="Contexts">The kinds of block status it asked for; may be none.</param>
public sealed record NbdSession(NbdExportInfo Export, NbdReplyMode Replies, IReadOnlyList<NbdContext> Contexts)
{
    /// <summary>Bytes of a request's head.</summary>
    public int RequestHeaderBytes => Replies == NbdReplyMode.Extended ? NbdRequest.ExtendedBytes : NbdRequest.CompactBytes;

    /// <summary>What the client was told that the export can do.</summary>
    public NbdTransmissionFlags Flags => Export.FlagsFor(Replies, Contexts.Count > 0);
}

/// <summary>Whether a server speaks TLS.</summary>
public enum NbdTlsPolicy
{
    /// <summary>It does not.</summary>
    Off,

    /// <summary>With clients that ask for it.</summary>
    Optional,

    /// <summary>With every client: without it, nothing is told.</summary>
    Required,
}

/// <summary>How far a handshake is; see <see cref="NbdHandshake"/>.</summary>
public enum NbdHandshakeState
{
    /// <summary>The client's flags come next.</summary>
    ClientFlags,

    /// <summary>An option comes next.</summary>
    Options,

    /// <summary>The rest of an option's data is read past.</summary>
    Skipping,

    /// <summary>The engine makes the connection one of TLS.</summary>
    StartTls,

    /// <summary>Done: requests come next.</summary>
    Transmission,

    /// <summary>Over: once what was written is sent, the connection closes.</summary>
    Closed,
}
