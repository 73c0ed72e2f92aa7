namespace Crucible.Integration.Tests.Faults.Kinds;

/// <summary>Flips bits in a region's files, behind its owner's back.</summary>
internal static class Rot
{
    // One flip for so many bytes of a file: enough that some hit what is in use.
    private const int BytesPerFlip = 256 << 10;

    public static void FlipInJournal(string region) => Flip(Path.Combine(region, "journal"));

    public static void FlipInExtents(string region)
    {
        foreach (var extent in Directory.EnumerateFiles(Path.Combine(region, "extents"), "*", SearchOption.AllDirectories))
        {
            Flip(extent);
        }
    }

    private static void Flip(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        for (var count = Math.Max(1, file.Length / BytesPerFlip); count > 0; count--)
        {
            var at = Random.Shared.NextInt64(file.Length);
            file.Position = at;
            var flipped = file.ReadByte() ^ (1 << Random.Shared.Next(8));
            file.Position = at;
            file.WriteByte((byte)flipped);
        }
    }
}
