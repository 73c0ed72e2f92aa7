using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>A real file system in a raw image: mkfs.ext4 over a tree of a few thousand files, always the same tree.</summary>
internal static class Ext4Image
{
    /// <summary>What <see cref="MakeAsync"/> needs.</summary>
    public const string Tool = "mkfs.ext4";

    private const int FolderCount = 60;
    private const int FilesInFolder = 50;

    /// <summary>Makes the image.</summary>
    /// <param name="path">Where; the tree is made beside it and removed.</param>
    public static async Task MakeAsync(string path)
    {
        var tree = path + ".tree";
        MakeTree(tree);
        await Tools.RunAsync(RequiresToolFactAttribute.FindTool(Tool)!, "-q", "-F", "-d", tree, path, "256M");
        Directory.Delete(tree, recursive: true);
    }

    // Mostly small files and a few large ones, as people have; what repeats and what is zero too.
    private static void MakeTree(string root)
    {
        var random = new Random(4);
        for (var folder = 0; folder < FolderCount; folder++)
        {
            var path = Directory.CreateDirectory(Path.Combine(root, $"folder-{folder}")).FullName;
            for (var file = 0; file < FilesInFolder; file++)
            {
                var content = new byte[file == 0 ? random.Next(1 << 20, 2 << 20) : random.Next(30_000)];
                random.NextBytes(content.AsSpan(0, content.Length * random.Next(4) / 3));
                File.WriteAllBytes(Path.Combine(path, $"file-{file}"), content);
            }
        }
    }
}
