namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>How a peer is told to serve its export.</summary>
public enum Serving
{
    /// <summary>For reading and writing, without TLS.</summary>
    Plain,

    /// <summary>For reading alone, without TLS.</summary>
    ReadOnly,

    /// <summary>With TLS alone, to clients with a certificate of the authority.</summary>
    Tls,

    /// <summary>With TLS for clients that ask for it, and without for others.</summary>
    OptionalTls,
}
