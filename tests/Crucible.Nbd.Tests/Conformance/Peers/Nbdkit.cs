using System.Globalization;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>
/// nbdkit's memory plugin. By itself it takes every name for an export's; a filter teaches it to have one, which is also the
/// default. Another has it tell its block sizes.
/// </summary>
internal static class Nbdkit
{
    public static Task<Export> StartAsync(Serving serving) => serving == Serving.Tls ? StartAsync(serving, Certificates.Create()) : StartAsync(serving, null);

    private static Task<Export> StartAsync(Serving serving, Certificates? certificates) =>
        Daemon.StartAsync("nbdkit", certificates, (folder, socket) =>
        [
            "--foreground", "-U", socket,
            .. serving == Serving.ReadOnly ? (string[])["-r"] : [],
            .. certificates is null ? (string[])["--tls=off"] : ["--tls=require", "--tls-certificates", folder, "--tls-verify-peer"],
            "--filter=exportname", "--filter=blocksize-policy", "memory", Export.SizeBytes.ToString(CultureInfo.InvariantCulture),
            "exportname=disk", "exportname=", "exportname-strict=true", "exportname-list=explicit", "exportdesc=fixed:A disk",
            "blocksize-minimum=1", "blocksize-preferred=4096", "blocksize-maximum=32M",
        ]);
}
