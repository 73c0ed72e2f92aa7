namespace Crucible.Storage;

/// <summary>
/// One open file of a region: the seam behind which a simulated disk can stand. All calls block. They may be made from
/// several threads at once; overlapping reads and writes are the caller's to order. Every failure is a
/// <see cref="StorageException"/> that names the file.
/// </summary>
public interface IStorageFile : IDisposable
{
    /// <summary>Length of the file, bytes.</summary>
    long Length { get; }

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    /// <returns>Bytes read: fewer than asked only at the end of the file.</returns>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Reads only what needs no waiting for the disk.</summary>
    /// <returns>False if the disk would have to be waited for; the buffer's contents are then undefined.</returns>
    bool TryReadCached(long offset, Span<byte> buffer, out int read);

    /// <summary>Writes all bytes. Durable only after <see cref="Sync"/>.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Writes the segments one after another, in one call of the system where its limits allow it.</summary>
    void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments);

    /// <summary>Cuts or lengthens the file; what is added reads as zeroes and takes no space.</summary>
    void SetLength(long length);

    /// <summary>Lengthens the file to <paramref name="length"/> bytes with space set aside, so that writing into it cannot run out of it.</summary>
    void Preallocate(long length);

    /// <summary>Gives space back; the range reads as zeroes.</summary>
    /// <returns>False if the file system cannot; the range is then unchanged.</returns>
    bool TryPunchHole(long offset, long length);

    /// <summary>
    /// Tells the system that a range will not be read soon: what of it is durable need not stay in memory. Changes nothing that
    /// is read; where the system can't, nothing happens.
    /// </summary>
    void Forget(long offset, long length);

    /// <summary>
    /// Lets the system begin to write what is not on the disk yet, without waiting for it: of several files that are to be synced
    /// each has begun before the first is waited for. Promises nothing, and takes no error away from <see cref="Sync"/>.
    /// </summary>
    void BeginWriting();

    /// <summary>Makes all that was written, and the file's length, durable. After a failure nothing may be assumed.</summary>
    void Sync();
}
