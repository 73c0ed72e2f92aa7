using System.Globalization;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>
/// nbdkit's memory plugin. By itself it takes every name for an export's; a filter teaches it to have one, which is also the
/// default. Another has it tell its block sizes.
/// </summary>
internal static class Nbdkit
{
    public static Task<Export> StartAsync(Serving serving)
    {
        var folder = Daemon.NewFolder();
        return Daemon.StartAsync("nbdkit", serving is Serving.Tls or Serving.OptionalTls ? Certificates.Create() : null, folder, socket =>
        [
            "--foreground", "-U", socket,
            .. serving == Serving.ReadOnly ? (string[])["-r"] : [],
            .. serving is Serving.Tls or Serving.OptionalTls
                ? (string[])[serving == Serving.Tls ? "--tls=require" : "--tls=on", "--tls-certificates", folder, "--tls-verify-peer"]
                : ["--tls=off"],
            "--filter=exportname", "--filter=blocksize-policy", "memory", Export.SizeBytes.ToString(CultureInfo.InvariantCulture),
            $"exportname={Export.Name}", "exportname=", "exportname-strict=true", "exportname-list=explicit", "exportdesc=fixed:A disk",
            "blocksize-minimum=1", "blocksize-preferred=4096", "blocksize-maximum=32M",
        ]);
    }
}
