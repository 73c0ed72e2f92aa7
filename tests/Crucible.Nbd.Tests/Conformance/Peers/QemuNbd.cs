using System.Globalization;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>qemu-nbd over an empty qcow2 file.</summary>
internal static class QemuNbd
{
    public static async Task<Export> StartAsync(Serving serving)
    {
        var folder = Daemon.NewFolder();
        var image = Path.Combine(folder, "disk.qcow2");
        await SystemProgram.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", image, Export.SizeBytes.ToString(CultureInfo.InvariantCulture));
        return await Daemon.StartAsync("qemu-nbd", serving == Serving.Tls ? Certificates.Create() : null, folder, socket =>
        [
            "-k", socket, "--persistent", "--shared=0", "-x", Export.Name, "-D", "A disk",
            .. serving == Serving.ReadOnly ? (string[])["-r"] : ["--discard=unmap"],
            .. serving == Serving.Tls
                ? (string[])["--object", $"tls-creds-x509,id=tls,endpoint=server,dir={folder},verify-peer=yes", "--tls-creds", "tls"]
                : [],
            "-f", "qcow2", image,
        ]);
    }
}
