using System.Globalization;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>qemu-nbd over an empty qcow2 file.</summary>
internal static class QemuNbd
{
    public static Task<Export> StartAsync(Serving serving) => serving == Serving.Tls ? StartAsync(serving, Certificates.Create()) : StartAsync(serving, null);

    private static async Task<Export> StartAsync(Serving serving, Certificates? certificates)
    {
        var images = Directory.CreateTempSubdirectory("crucible-peer-").FullName;
        var image = Path.Combine(images, "disk.qcow2");
        await SystemProgram.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", image, Export.SizeBytes.ToString(CultureInfo.InvariantCulture));
        var export = await Daemon.StartAsync("qemu-nbd", certificates, (folder, socket) =>
        [
            "-k", socket, "--persistent", "--shared=0", "-x", "disk", "-D", "A disk",
            .. serving == Serving.ReadOnly ? (string[])["-r"] : ["--discard=unmap"],
            .. certificates is null
                ? (string[])[]
                : ["--object", $"tls-creds-x509,id=tls,endpoint=server,dir={folder},verify-peer=yes", "--tls-creds", "tls"],
            "-f", "qcow2", image,
        ]);

        // The server holds the file open; nobody needs its name any more.
        Directory.Delete(images, recursive: true);
        return export;
    }
}
