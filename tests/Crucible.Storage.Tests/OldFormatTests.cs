using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Crucible.Simulation;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

/// <summary>Regions of format version 1 are opened, written and recovered as they were by the programs that made them.</summary>
public class OldFormatTests
{
    private const string FirstExtent = "extents/00/000/000";
    private const int FileBytes = (100 * 512) + (4 * 512) + 512;

    // Made by a program that knew no other version and was killed: 40,000 bytes from 1000 on, applied, and then 3000 from 5000 on,
    // in the journal alone.
    [Fact]
    public void A_region_that_an_older_program_left_behind_is_recovered_and_written()
    {
        using var directory = new TemporaryDirectory();
        using (var archive = new GZipStream(File.OpenRead("Fixtures/region-of-version-1.tar.gz"), CompressionMode.Decompress))
        {
            TarFile.ExtractToDirectory(archive, directory.Path, overwriteFiles: false);
        }

        using (var region = Open(directory.Storage, largeWriteBytes: 1))
        {
            CheckText(region);
            region.Write(5000, 200, 50, 1);
            region.Write(5001, 300, 50, 1);
            region.Apply(force: true);
            region.Write(5002, 200, 50, 2);
        }

        using var again = Open(directory.Storage, largeWriteBytes: 1);
        CheckText(again);
        Assert.Equal(Data(Small, 200, 50, 2), again.ReadProved(200, 50));
        Assert.All(
            Directory.EnumerateFiles($"{directory.Path}/extents", "*", SearchOption.AllDirectories),
            file => Assert.Equal(FileBytes, new FileInfo(file).Length));
    }

    [Fact]
    public void No_write_to_a_region_of_version_1_is_a_direct_one()
    {
        var storage = new SimulatedStorage();
        Region.Create(
            storage, Small, new RegionId(Guid.NewGuid()),
            new RegionCreateOptions { JournalSizeBytes = RegionFormat.MinJournalBytes, FormatVersion = 1 });
        using var region = Open(storage, largeWriteBytes: 1);

        region.Write(1000, 10, 20, 1);

        Assert.InRange(region.JournalBytesUsed, 20 * 512UL, 30 * 512UL);
        region.Apply(force: true);
        Assert.Equal(FileBytes, storage.ReadAll(FirstExtent).Length);
        Assert.Equal(Data(Small, 10, 20, 1), region.ReadProved(10, 20));
    }

    private static void CheckText(Region region)
    {
        var bytes = region.ReadProved(0, 100);
        Assert.Equal(Text("crucible region of version 1 ", 4000), Encoding.ASCII.GetString(bytes, 1000, 4000));
        Assert.Equal(Text("a later version of a block ", 3000), Encoding.ASCII.GetString(bytes, 5000, 3000));
        Assert.Equal(Text("crucible region of version 1 ", 40_000)[7000..], Encoding.ASCII.GetString(bytes, 8000, 33_000));
    }

    private static string Text(string line, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            text.Append(line).Append('\n');
        }

        return text.ToString(0, length);
    }
}
