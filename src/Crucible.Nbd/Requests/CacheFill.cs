using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>
/// What a CACHE does: it reads the range and throws it away, so that the replicas have it in memory. A piece at a time and one
/// after the other, however long the range is: it is in no hurry, and others' requests go beside it.
/// </summary>
internal static class CacheFill
{
    /// <summary>Most bytes read at once, and all that such a request holds.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Reads a range.</summary>
    /// <param name="owner">Whose it is; once that takes no more requests, the rest is left out.</param>
    /// <param name="offset">Byte offset from the start of the volume.</param>
    /// <param name="length">Bytes, 1 or more.</param>
    /// <exception cref="VolumeException">A piece could not be read.</exception>
    public static async ValueTask ReadAsync(IRequestOwner owner, long offset, long length)
    {
        var volume = owner.Volume;
        using var piece = owner.Pool.Rent((int)Math.Min(length, PieceBytes));
        for (var end = offset + length; offset < end && !owner.IsEnding; offset += PieceBytes)
        {
            await volume.ReadAsync(offset, piece.Memory[..(int)Math.Min(end - offset, PieceBytes)]).ConfigureAwait(false);
        }
    }
}
