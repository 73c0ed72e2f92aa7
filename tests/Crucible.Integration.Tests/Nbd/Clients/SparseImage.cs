namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>A raw image of 10 GiB that is nearly empty.</summary>
internal static class SparseImage
{
    /// <summary>How much of it is data.</summary>
    public const long DataBytes = (long)PieceCount * PieceBytes;

    private const int PieceCount = 32;
    private const int PieceBytes = 1 << 20;

    /// <summary>Makes one, with pieces of noise far from each other, none of them where a block begins that is larger than 4 KiB.</summary>
    public static async Task MakeAsync(string path, int seed)
    {
        var random = new Random(seed);
        var piece = new byte[PieceBytes];
        await using var image = new FileStream(path, FileMode.CreateNew);
        image.SetLength(SparseTrio.SizeBytes);
        for (var i = 0; i < PieceCount; i++)
        {
            random.NextBytes(piece);
            image.Position = (SparseTrio.SizeBytes / PieceCount * i) + 4096;
            await image.WriteAsync(piece);
        }
    }
}
