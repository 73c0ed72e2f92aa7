using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crucible.Hosting;
using Crucible.Nbd;

namespace Crucible.Upstairs.Program;

/// <summary>Certificates from a directory, by the names that nbdkit and qemu-nbd use too.</summary>
internal sealed class TlsCertificates : IDisposable
{
    private readonly X509Certificate2Collection _all = [];

    private TlsCertificates(NbdTlsOptions options, IEnumerable<X509Certificate2> certificates)
    {
        Options = options;
        _all.AddRange(certificates.ToArray());
    }

    public NbdTlsOptions Options { get; }

    /// <summary>Loads them; null where TLS is off.</summary>
    /// <exception cref="UsageException">One is missing or can't be read; the message names the file.</exception>
    public static TlsCertificates? Load(NbdTlsChoice choice)
    {
        if (choice is not { Mode: not NbdTlsMode.Off, Certificates: { } directory })
        {
            return null;
        }

        var chainFile = Path.Combine(directory, "server-cert.pem");
        var keyFile = Path.Combine(directory, "server-key.pem");
        var authorityFile = Path.Combine(directory, "ca-cert.pem");
        var server = Read(chainFile, keyFile, () => X509Certificate2.CreateFromPemFile(chainFile, keyFile));
        var chain = Read(chainFile, null, () => Pem(chainFile));
        var authorities = choice.VerifyPeer ? Read(authorityFile, null, () => Pem(authorityFile)) : null;
        if (authorities is { Count: 0 })
        {
            throw new UsageException($"--tls-certificates: {authorityFile} holds no certificate");
        }

        var options = new NbdTlsOptions
        {
            Certificate = server,
            Intermediates = [.. chain.Skip(1)],
            ClientAuthorities = authorities,
            Required = choice.Mode == NbdTlsMode.Require,
        };
        return new TlsCertificates(options, [server, .. chain, .. authorities ?? []]);
    }

    public void Dispose()
    {
        foreach (var certificate in _all)
        {
            certificate.Dispose();
        }
    }

    private static X509Certificate2Collection Pem(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates;
    }

    private static T Read<T>(string file, string? second, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new UsageException($"--tls-certificates: {file}{(second is null ? "" : $" and {second}")} can't be used: {e.Message}", e);
        }
    }
}
