namespace Crucible.Upstairs.Program;

/// <summary>Cuts data into pieces that are all zeroes and pieces that are not.</summary>
internal static class ZeroRuns
{
    /// <summary>Zeroes in shorter runs are not worth a request of their own.</summary>
    public const int RequestBytes = 64 << 10;

    /// <summary>A file system makes no smaller holes.</summary>
    public const int HoleBytes = 4 << 10;

    /// <summary>The first piece: how many bytes of the start belong together, and whether they are zeroes.</summary>
    /// <param name="offset">Where the data lies; pieces end at multiples of the granule, or at the end of the data.</param>
    /// <param name="data">Not empty.</param>
    /// <param name="granule">Bytes that are looked at together: one of the constants above.</param>
    public static (int Length, bool IsZero) First(long offset, ReadOnlySpan<byte> data, int granule)
    {
        var isZero = IsZero(data[..Next(offset, data.Length, granule)]);
        var length = 0;
        while (length < data.Length)
        {
            var next = Next(offset + length, data.Length - length, granule);
            if (IsZero(data.Slice(length, next)) != isZero)
            {
                break;
            }

            length += next;
        }

        return (length, isZero);
    }

    private static int Next(long offset, int left, int granule) => (int)Math.Min(left, granule - (offset % granule));

    private static bool IsZero(ReadOnlySpan<byte> data) => !data.ContainsAnyExcept((byte)0);
}
