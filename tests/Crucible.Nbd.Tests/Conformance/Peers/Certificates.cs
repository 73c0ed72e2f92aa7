using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>An authority of a test's own, and the certificates it gave to a server and to its clients.</summary>
internal sealed class Certificates
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    // A clock that differs a little must not make them invalid.
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset Until = From.AddDays(30);

    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;
    private readonly X509Certificate2 _client;

    private Certificates(X509Certificate2 authority, X509Certificate2 server, X509Certificate2 client)
    {
        _authority = authority;
        _server = server;
        _client = client;
    }

    public static Certificates Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var authority = request.CreateSelfSigned(From, Until);
        return new Certificates(authority, Issue(authority, "localhost", ServerUse, 1), Issue(authority, "a client", ClientUse, 2));
    }

    /// <summary>Puts them into a folder in PEM, under the names that qemu and nbdkit look for.</summary>
    public void WriteTo(string folder)
    {
        Write(folder, "ca-cert.pem", _authority.ExportCertificatePem());
        Write(folder, "server-cert.pem", _server.ExportCertificatePem());
        Write(folder, "server-key.pem", KeyOf(_server));
        Write(folder, "client-cert.pem", _client.ExportCertificatePem());
        Write(folder, "client-key.pem", KeyOf(_client));
    }

    /// <summary>What our server needs that insists on certificates from clients which speak TLS; borrowed.</summary>
    /// <param name="required">Whether it insists on TLS too.</param>
    public NbdTlsOptions ForServer(bool required) => new() { Certificate = _server, ClientAuthorities = [_authority], Required = required };

    /// <summary>What a client needs that trusts the authority alone.</summary>
    /// <param name="withCertificate">Whether it shows a certificate of its own.</param>
    public SslClientAuthenticationOptions ForClient(bool withCertificate = true)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(_authority);
        return new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = policy,
            ClientCertificateContext = withCertificate ? SslStreamCertificateContext.Create(_client, null, offline: true) : null,
        };
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, string use, byte serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        if (use == ServerUse)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        using var issued = request.Create(authority, From, Until, [serial]);
        return issued.CopyWithPrivateKey(key);
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static void Write(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text + "\n");
}
