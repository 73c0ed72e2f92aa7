using System.Text.Json;

namespace Crucible.Downstairs.Tests;

public sealed class OfflineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crucible-downstairs-").FullName;

    [Fact]
    public void An_image_that_was_imported_comes_out_again_and_the_copies_are_alike()
    {
        var image = Image();
        foreach (var name in new[] { "a", "b", "c" })
        {
            Assert.Equal(0, DownstairsProcess.Run("create", "-d", At(name), "--import", image).Code);
        }

        var dump = DownstairsProcess.Run("dump", "-d", At("a"), "-d", At("b"), "-d", At("c"), "-o");
        Assert.Equal(0, dump.Code);
        Assert.Contains("the 3 regions are alike", dump.Output, StringComparison.Ordinal);

        Assert.Equal(0, DownstairsProcess.Run("export", "-d", At("b"), "-e", At("out")).Code);
        var exported = File.ReadAllBytes(At("out"));
        Assert.Equal(512_000, exported.Length);
        Assert.Equal(File.ReadAllBytes(image), exported[..100_000]);
        Assert.DoesNotContain(exported[100_000..], b => b != 0);
        Assert.Equal(1, DownstairsProcess.Run("export", "-d", At("b"), "-e", At("out")).Code);
    }

    [Fact]
    public void Regions_that_differ_are_told_apart_and_exit_with_3()
    {
        Assert.Equal(0, DownstairsProcess.Run("create", "-d", At("a"), "--import", Image()).Code);
        Assert.Equal(0, DownstairsProcess.Run("create", "-d", At("b")).Code);

        var text = DownstairsProcess.Run("dump", "-d", At("a"), "-d", At("b"), "-o");
        Assert.Equal(3, text.Code);
        Assert.Contains("the 2 regions differ", text.Output, StringComparison.Ordinal);

        var json = DownstairsProcess.Run("dump", "-d", At("a"), "-d", At("b"), "-b", "3", "--json");
        Assert.Equal(3, json.Code);
        var block = Assert.Single(JsonDocument.Parse(json.Output).RootElement.GetProperty("blocks").EnumerateArray());
        Assert.Equal("data", block.GetProperty("contexts")[0].GetProperty("state").GetString());
        Assert.Equal("never written", block.GetProperty("contexts")[1].GetProperty("state").GetString());
    }

    [Fact]
    public void Damage_is_found_and_nothing_is_changed_by_looking()
    {
        Assert.Equal(0, DownstairsProcess.Run("create", "-d", At("a"), "--import", Image()).Code);
        var file = Path.Combine(At("a"), "extents", "00", "000", "000");
        using (var extent = File.OpenWrite(file))
        {
            extent.Position = 700;
            extent.WriteByte(0xEE);
        }

        var before = Contents();
        var text = DownstairsProcess.Run("verify", "-d", At("a"));
        var json = DownstairsProcess.Run("verify", "-d", At("a"), "--json");
        Assert.Equal(0, DownstairsProcess.Run("dump", "-d", At("a"), "-e", "0").Code);

        Assert.Equal((3, 3), (text.Code, json.Code));
        Assert.Contains("damaged: extent 0 blocks 1 to 1", text.Output, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(json.Output).RootElement.GetProperty("badBlocks").GetInt32());
        Assert.Equal(before, Contents());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string Image()
    {
        var bytes = new byte[100_000];
        new Random(7).NextBytes(bytes);
        File.WriteAllBytes(At("image"), bytes);
        return At("image");
    }

    private string[] Contents() =>
        [.. Directory.EnumerateFiles(At("a"), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(f => $"{f} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];
}
