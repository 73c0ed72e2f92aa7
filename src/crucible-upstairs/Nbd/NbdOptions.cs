using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>What <c>nbd</c> serves, and where.</summary>
internal sealed record NbdOptions
{
    /// <summary>The exports, in the order in which they are listed.</summary>
    public required IReadOnlyList<NbdExportOptions> Exports { get; init; }

    /// <summary>The name of the export that the empty name means too; null: none.</summary>
    public string? DefaultExport { get; init; }

    /// <summary>Path of the unix socket; null: none.</summary>
    public string? Socket { get; init; }

    /// <summary>Where to listen for TCP; null: nowhere.</summary>
    public ControlAddress? Listen { get; init; }

    /// <summary>The command to serve, with <c>sh -c</c>; null: until a signal.</summary>
    public string? Run { get; init; }

    /// <summary>The file that names the process while it serves; null: none.</summary>
    public string? PidFile { get; init; }

    /// <summary>Most connections at a time.</summary>
    public int MaxConnections { get; init; }

    /// <summary>A client that uses no export after so long is closed.</summary>
    public TimeSpan HandshakeTimeout { get; init; }

    /// <summary>A client that takes none of its replies for so long is closed; zero: never.</summary>
    public TimeSpan SendTimeout { get; init; }

    public required NbdTlsChoice Tls { get; init; }

    /// <summary>How all volumes are opened; targets and the like are the exports' own.</summary>
    public required SessionOptions Session { get; init; }
}

/// <summary>One volume, and how clients see it.</summary>
/// <param name="Name">By which clients ask for it; may be empty.</param>
/// <param name="Description">A line for people.</param>
/// <param name="Volume">How it is opened.</param>
internal sealed record NbdExportOptions(string Name, string Description, SessionOptions Volume);

/// <summary>Whether TLS is spoken.</summary>
internal enum NbdTlsMode
{
    Off,

    /// <summary>Clients may.</summary>
    On,

    /// <summary>Clients must.</summary>
    Require,
}

/// <summary>How TLS is spoken.</summary>
/// <param name="Mode">Whether.</param>
/// <param name="Certificates">The directory with <c>server-cert.pem</c>, <c>server-key.pem</c> and <c>ca-cert.pem</c>.</param>
/// <param name="VerifyPeer">Whether clients need a certificate that the authority signed.</param>
internal sealed record NbdTlsChoice(NbdTlsMode Mode, string? Certificates, bool VerifyPeer);
