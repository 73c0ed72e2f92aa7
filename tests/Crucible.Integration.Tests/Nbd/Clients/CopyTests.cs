using System.Globalization;
using System.Runtime.Versioning;
using Crucible.Integration.Tests.Control;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>libnbd's tools, and QEMU's, on a disk that is nearly empty.</summary>
[SupportedOSPlatform("linux")]
public sealed class CopyTests(SparseTrio trio) : IClassFixture<SparseTrio>
{
    // What a file system may add to the data: block maps, contexts and whole pages at the ends of pieces.
    private const long Overhead = 16 << 20;

    [RequiresToolFact("nbdinfo", "nbdcopy", "qemu-img")]
    public async Task Nbdcopy_moves_the_data_of_a_sparse_image_and_not_its_holes_both_ways()
    {
        var (image, copy) = (trio.FileNamed("nbdcopy.img"), trio.FileNamed("nbdcopy.out"));
        await SparseImage.MakeAsync(image, seed: 1);
        using var server = await NbdProcess.StartAsync(trio, "--socket", trio.FileNamed("nbdcopy.sock"), "--control", "127.0.0.1:0");
        using var control = await ControlUrl.OfAsync(server.Program);

        await NbdProcess.RunAsync("nbdcopy", "--flush", image, server.Uri);
        await NbdProcess.RunAsync("nbdcopy", server.Uri, copy);

        Assert.Contains("Images are identical.", await NbdProcess.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", image, copy), StringComparison.Ordinal);
        Assert.Equal(SparseImage.DataBytes, await MetricAsync(control, "crucible_nbd_written_bytes_total"));
        Assert.InRange(await MetricAsync(control, "crucible_nbd_read_bytes_total"), SparseImage.DataBytes, SparseImage.DataBytes + Overhead);
        Assert.InRange(long.Parse((await NbdProcess.RunAsync("du", "--block-size=1", copy)).Split('\t')[0], CultureInfo.InvariantCulture), 1, SparseImage.DataBytes + Overhead);
        await server.StopAsync();
        for (var replica = 0; replica < 3; replica++)
        {
            Assert.InRange(await trio.AllocatedAsync(replica), 1, SparseImage.DataBytes + Overhead);
        }
    }

    [RequiresToolFact("nbdinfo")]
    public async Task Nbdinfo_finds_everything_that_a_good_server_offers()
    {
        using var server = await NbdProcess.StartAsync(trio, "--socket", trio.FileNamed("info.sock"), "--description", "a disk");

        var info = await NbdProcess.RunAsync("nbdinfo", server.Uri);
        var list = await NbdProcess.RunAsync("nbdinfo", "--list", server.Uri);
        var replicas = await NbdProcess.RunAsync("nbdinfo", "--map=crucible:replicas", server.Uri);

        string[] offered =
        [
            "protocol: newstyle-fixed without TLS, using structured packets", "export-size: 10737418240 (10G)", "base:allocation",
            "crucible:replicas", "is_rotational: false", "is_read_only: false", "can_cache: true", "can_df: true", "can_fast_zero: true",
            "can_flush: true", "can_fua: true", "can_multi_conn: true", "can_trim: true", "can_zero: true", "block_size_minimum: 1",
            "block_size_preferred: 4096", "block_size_maximum: 33554432",
        ];
        Assert.All(offered, line => Assert.Contains(line, info, StringComparison.Ordinal));
        Assert.Contains("description: a disk", list, StringComparison.Ordinal);
        Assert.Equal(["0", "10737418240", "7"], replicas.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        await server.StopAsync();
    }

    [RequiresToolFact("qemu-img")]
    public async Task Qemu_img_converts_a_qcow2_image_in_finds_it_equal_sees_its_holes_and_takes_it_out_again()
    {
        var (raw, image, copy) = (trio.FileNamed("qemu.raw"), trio.FileNamed("qemu.qcow2"), trio.FileNamed("out.qcow2"));
        await SparseImage.MakeAsync(raw, seed: 2);
        await NbdProcess.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image);
        using var server = await NbdProcess.StartAsync(trio, "--socket", trio.FileNamed("qemu.sock"));

        await NbdProcess.RunAsync("qemu-img", "convert", "-n", "-f", "qcow2", "-O", "raw", image, server.Uri);
        var compared = await NbdProcess.RunAsync("qemu-img", "compare", "-f", "qcow2", "-F", "raw", image, server.Uri);
        await NbdProcess.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", server.Uri, copy);

        Assert.Contains("Images are identical.", compared, StringComparison.Ordinal);
        Assert.Contains("Images are identical.", await NbdProcess.RunAsync("qemu-img", "compare", raw, copy), StringComparison.Ordinal);
        Assert.Equal(await DataAsync(raw), await DataAsync(server.Uri));
        await server.StopAsync();
    }

    [RequiresToolFact("qemu-io")]
    public async Task Qemu_io_reads_what_it_wrote_where_nothing_is_aligned_and_zeroes_where_it_discarded()
    {
        using var server = await NbdProcess.StartAsync(trio, "--socket", trio.FileNamed("io.sock"));

        var output = await NbdProcess.RunAsync(
            "qemu-io", "-f", "raw",
            "-c", "write -P 0x5a 1M 1M", "-c", "read -P 0x5a 1M 1M",
            "-c", "write -P 7 4097 5001", "-c", "read -P 7 4097 5001",
            "-c", "discard 1M 64k", "-c", "write -z 1152k 64k", "-c", "write -z -u 1280k 64k", "-c", "write -z 1500001 777",
            "-c", "read -P 0 1M 64k", "-c", "read -P 0 1152k 64k", "-c", "read -P 0 1280k 64k", "-c", "read -P 0 1500001 777",
            "-c", "read -P 0x5a 1088k 64k", "-c", "read -P 0x5a 1500778 4000", "-c", "read -P 0x5a 1499001 1000",
            "-c", "write -f -P 3 5M 12345", "-c", "read -P 3 5M 12345", "-c", "flush", server.Uri);

        // A pattern that differs is told, and fails the command, which RunAsync has seen not to happen.
        Assert.DoesNotContain("verification failed", output, StringComparison.Ordinal);
        await server.StopAsync();
    }

    private static async Task<long> MetricAsync(ControlUrl control, string name)
    {
        var lines = (await control.GetAsync("/metrics")).Body.Split('\n');
        return long.Parse(lines.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>The start and length of what holds data, as qemu-img sees it.</summary>
    private static async Task<string[]> DataAsync(string image)
    {
        var lines = (await NbdProcess.RunAsync("qemu-img", "map", "-f", "raw", image)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1);
        return [.. lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]))];
    }
}
