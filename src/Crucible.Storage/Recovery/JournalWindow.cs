namespace Crucible.Storage;

/// <summary>
/// Looks at the ring through a window, so that reading it from one end to the other takes few calls. It begins small and grows
/// while what is asked for follows on what it held: a short journal costs little to read.
/// </summary>
internal sealed class JournalWindow(IStorageFile file, JournalRing ring)
{
    private const int FirstBytes = 64 << 10;
    private const int MostBytes = 1 << 20;

    private byte[] _window = [];
    private ulong _start;
    private int _length;
    private int _next = FirstBytes;

    /// <summary>Bytes from the position on, fewer than asked where ring or file end; valid until the next call.</summary>
    /// <exception cref="StorageException">The journal could not be read.</exception>
    public ReadOnlySpan<byte> At(ulong position, int length)
    {
        length = (int)Math.Min((ulong)length, ring.ToEnd(position));
        if (position < _start || position + (ulong)length > _start + (ulong)_length)
        {
            Read(position, length);
        }

        var offset = (int)(position - _start);
        return offset >= _length ? default : _window.AsSpan(offset, Math.Min(length, _length - offset));
    }

    /// <summary>Reads a few bytes from somewhere else, and leaves the window where it is.</summary>
    /// <returns>Bytes read: fewer than asked where ring or file end.</returns>
    public int Peek(ulong position, Span<byte> target) =>
        file.Read(ring.OffsetOf(position), target[..(int)Math.Min((ulong)target.Length, ring.ToEnd(position))]);

    private void Read(ulong position, int length)
    {
        var follows = position >= _start && position <= _start + (ulong)_length;
        _next = follows ? Math.Min(_next * 2, MostBytes) : FirstBytes;
        var bytes = (int)Math.Min((ulong)Math.Max(_next, length), ring.ToEnd(position));
        if (_window.Length < bytes)
        {
            _window = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, _next), pinned: true);
        }

        _length = file.Read(ring.OffsetOf(position), _window.AsSpan(0, bytes));
        _start = position;
    }
}
