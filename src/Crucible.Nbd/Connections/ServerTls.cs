using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Crucible.Nbd;

/// <summary>Makes of a server's TLS options what .NET's TLS wants.</summary>
internal static class ServerTls
{
    public static SslServerAuthenticationOptions Of(NbdTlsOptions options) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(options.Certificate, options.Intermediates, offline: true),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = options.ClientAuthorities is not null,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, sent, _) =>
            options.ClientAuthorities is null || IsSigned(certificate, sent, options.ClientAuthorities),
    };

    // By one of the authorities given, and by none that the system happens to trust.
    private static bool IsSigned(X509Certificate? certificate, X509Chain? sent, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 client)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(client);
    }
}
