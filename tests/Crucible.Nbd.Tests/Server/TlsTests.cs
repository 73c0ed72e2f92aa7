using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Crucible.Nbd.Tests.Server;

public sealed class TlsTests : IDisposable
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _authority = MakeAuthority("authority");
    private readonly X509Certificate2 _server;

    public TlsTests() => _server = Sign(_authority, "server", ServerPurpose);

    [Fact]
    public async Task Under_tls_everything_is_as_in_the_clear()
    {
        await using var served = await BeginAsync(new NbdTlsOptions { Certificate = _server }, new RegionDefinition(4096, 1024, 4));
        var client = served.Connect();
        client.Begin();
        Assert.Equal(0x80000005u, client.Ask(3));
        client.StartTls(Trusting());
        client.Go("disk");
        var data = new byte[3 << 20];
        new Random(1).NextBytes(data);

        client.Write(1, data);

        Assert.True(data.AsSpan().SequenceEqual(client.Read(1, data.Length)));
        Assert.True(Assert.Single(served.Server.GetStatus().Connections).Tls);
        client.Request(2, 0, 0, 0);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task A_client_that_takes_no_replies_is_dropped_under_tls_too()
    {
        await using var served = await ServedVolume.BeginAsync(o => o with
        {
            Tls = new NbdTlsOptions { Certificate = _server },
            MaxBytesInFlight = 8 << 20,
            SendTimeout = TimeSpan.FromMilliseconds(500),
        });
        var client = served.Connect();
        client.Begin();
        client.StartTls(Trusting());
        client.Go("disk");

        client.Send([.. Enumerable.Range(0, 1000).SelectMany(i => NbdClient.Head(0, (ulong)i, 0, 100_000))]);

        served.WaitUntil(s => s.Dropped == 1 && s.Connections.Count == 0 && s.BytesInFlight == 0);
    }

    [Fact]
    public async Task Where_tls_is_optional_the_clear_goes_too()
    {
        await using var served = await BeginAsync(new NbdTlsOptions { Certificate = _server, Required = false });

        Assert.Equal(new byte[10], served.Use().Read(0, 10));
        var client = served.Connect();
        client.Begin();
        client.StartTls(Trusting());
        client.Go("disk");
        Assert.Equal(new byte[10], client.Read(0, 10));
    }

    [Fact]
    public async Task A_client_with_a_certificate_of_the_authority_is_let_in()
    {
        await using var served = await BeginAsync(new NbdTlsOptions { Certificate = _server, ClientAuthorities = [_authority] });
        using var own = Sign(_authority, "client", ClientPurpose);
        var client = served.Connect();
        client.Begin();

        client.StartTls(Trusting(own));
        client.Go("disk");

        Assert.Equal(new byte[10], client.Read(0, 10));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("of another authority")]
    [InlineData("for another purpose")]
    public async Task A_client_without_a_good_certificate_is_not_let_in(string certificate)
    {
        await using var served = await BeginAsync(new NbdTlsOptions { Certificate = _server, ClientAuthorities = [_authority] });
        using var another = MakeAuthority("another");
        using var own = certificate switch
        {
            "of another authority" => Sign(another, "client", ClientPurpose),
            "for another purpose" => Sign(_authority, "client", ServerPurpose),
            _ => null,
        };
        var client = served.Connect();
        client.Begin();

        // With TLS 1.3 the client may learn of it only when it goes on.
        Assert.ThrowsAny<Exception>(() =>
        {
            client.StartTls(Trusting(own));
            client.Go("disk");
        });

        served.WaitUntil(s => s.Connections.Count == 0 && s.HandshakesFailed == 1);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _server.Dispose();
    }

    private static Task<ServedVolume> BeginAsync(NbdTlsOptions tls, RegionDefinition? definition = null) =>
        ServedVolume.BeginAsync(o => o with { Tls = tls }, definition);

    private SslClientAuthenticationOptions Trusting(X509Certificate2? own = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority);
        return new SslClientAuthenticationOptions
        {
            TargetHost = "server",
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificates = own is null ? null : [own],
        };
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Sign(X509Certificate2 authority, string name, string purpose)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        using var signed = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
