using Crucible.Dsc.Regions;

namespace Crucible.Dsc.Tests.Regions;

public sealed class RegionFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_region_is_deleted_with_all_its_parts()
    {
        MakeRegion();

        RegionFolder.Delete(_folder.Path);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void An_empty_or_absent_directory_is_left_as_it_is()
    {
        RegionFolder.Delete(_folder.Path);
        RegionFolder.Delete(_folder["absent"]);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Nothing_is_deleted_where_a_file_belongs_to_no_region()
    {
        MakeRegion();
        File.WriteAllText(_folder["thesis.tex"], "");

        var e = Assert.Throws<DscException>(() => RegionFolder.Delete(_folder.Path));

        Assert.Equal($"{_folder.Path} is not cleaned up: it holds thesis.tex, which belongs to no region", e.Message);
        Assert.True(RegionFolder.HoldsRegion(_folder.Path));
        Assert.True(File.Exists(_folder["extents/00/000/000"]));
    }

    [Fact]
    public void Nothing_is_deleted_without_a_manifest()
    {
        Directory.CreateDirectory(_folder["extents"]);

        var e = Assert.Throws<DscException>(() => RegionFolder.Delete(_folder.Path));

        Assert.Equal($"{_folder.Path} is not cleaned up: it has no region.json", e.Message);
        Assert.True(Directory.Exists(_folder["extents"]));
    }

    [Fact]
    public void A_region_in_use_is_not_deleted()
    {
        MakeRegion();
        using var inUse = new FileStream(_folder["lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var e = Assert.Throws<DscException>(() => RegionFolder.Delete(_folder.Path));

        Assert.Equal($"{_folder.Path} is not cleaned up: its region is in use by another process", e.Message);
        Assert.True(File.Exists(_folder["journal"]));
    }

    private void MakeRegion()
    {
        Directory.CreateDirectory(_folder["extents/00/000"]);
        foreach (var part in (string[])["extents/00/000/000", "versions", "journal", "region.json", "lock"])
        {
            File.WriteAllText(_folder[part], "");
        }
    }
}
