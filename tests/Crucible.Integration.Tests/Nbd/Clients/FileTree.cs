using System.Security.Cryptography;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>A tree of a few thousand files such as a source tree has, always the same, and what became of it.</summary>
internal static class FileTree
{
    public const int FileCount = FolderCount * FilesInFolder;

    private const int FolderCount = 60;
    private const int FilesInFolder = 50;
    private const int MostBytes = 30_000;

    /// <summary>Makes the tree, and waits for nothing to be on stable storage.</summary>
    /// <returns>The checksum of each file by its path from the root.</returns>
    public static async Task<SortedDictionary<string, string>> MakeAsync(string root)
    {
        var random = new Random(5);
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var folder = 0; folder < FolderCount; folder++)
        {
            var name = Path.Combine($"{folder % 4}", $"folder-{folder}");
            Directory.CreateDirectory(Path.Combine(root, name));
            for (var file = 0; file < FilesInFolder; file++)
            {
                var content = new byte[random.Next(MostBytes)];
                random.NextBytes(content);
                var path = Path.Combine(name, $"file-{file}");
                await File.WriteAllBytesAsync(Path.Combine(root, path), content);
                sums.Add(path, Convert.ToHexString(SHA256.HashData(content)));
            }
        }

        return sums;
    }

    /// <summary>The checksum of each file that is there.</summary>
    public static async Task<SortedDictionary<string, string>> SumsAsync(string root)
    {
        var sums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            sums.Add(Path.GetRelativePath(root, path), Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(path))));
        }

        return sums;
    }
}
