using System.Security.Cryptography.X509Certificates;

namespace Crucible.Nbd;

/// <summary>
/// TLS 1.2 or 1.3 with X.509 certificates. Pre-shared keys, the other way that NBD clients know, are not there: .NET's TLS
/// has no way to be given one.
/// </summary>
public sealed record NbdTlsOptions
{
    /// <summary>The server's certificate with its private key; borrowed while the server runs.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Certificates between the server's and the authority's, sent along with it.</summary>
    public X509Certificate2Collection Intermediates { get; init; } = [];

    /// <summary>The authorities one of which must have signed a client's certificate; null: clients need none.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>Refuse clients that do not speak TLS; otherwise they may.</summary>
    public bool Required { get; init; } = true;
}
