namespace Crucible.Storage;

/// <summary>Looks at the ring through a window, so that reading it from one end to the other takes few calls.</summary>
internal sealed class JournalWindow(IStorageFile file, JournalRing ring)
{
    private const int WindowBytes = 2 << 20;

    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(WindowBytes, pinned: true);
    private ulong _start;
    private int _length;

    /// <summary>Bytes from the position on, fewer than asked where ring or file end; valid until the next call.</summary>
    /// <exception cref="StorageException">The journal could not be read.</exception>
    public ReadOnlySpan<byte> At(ulong position, int length)
    {
        length = (int)Math.Min((ulong)length, ring.ToEnd(position));
        if (position < _start || position + (ulong)length > _start + (ulong)_length)
        {
            var bytes = (int)Math.Min((ulong)WindowBytes, ring.ToEnd(position));
            _length = file.Read(ring.OffsetOf(position), _window.AsSpan(0, bytes));
            _start = position;
        }

        var offset = (int)(position - _start);
        return offset >= _length ? default : _window.AsSpan(offset, Math.Min(length, _length - offset));
    }
}
