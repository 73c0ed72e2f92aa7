using Crucible.Storage;

namespace Crucible.Downstairs.Tests;

/// <summary>A real directory whose journal can be made to fail, and which can run out of space for extents.</summary>
internal sealed class FailingStorage(IStorageDirectory inner) : IStorageDirectory
{
    private volatile bool _syncsFail;
    private volatile bool _writesFail;
    private volatile bool _isFull;
    private int _failedSyncs;

    /// <summary>The journal's syncs wait while this is not set.</summary>
    public ManualResetEventSlim Syncs { get; } = new(initialState: true);

    /// <summary>Syncs that failed so far.</summary>
    public int FailedSyncs => Volatile.Read(ref _failedSyncs);

    public string Path => inner.Path;

    public long AvailableBytes => inner.AvailableBytes;

    public void FailSyncs(bool fail) => _syncsFail = fail;

    public void FailWrites() => _writesFail = true;

    /// <summary>From now on extents find no space, or find some again.</summary>
    public void FillUp(bool full) => _isFull = full;

    public IStorageFile? Open(string name, StorageOpenMode mode) => inner.Open(name, mode) is { } file
        ? new FailingFile(this, file, isJournal: name == "journal", isExtent: name.StartsWith("extents/", StringComparison.Ordinal))
        : null;

    public bool Exists(string name) => inner.Exists(name);

    public IReadOnlyList<string> List(string name) => inner.List(name);

    public void CreateDirectory(string name) => inner.CreateDirectory(name);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string name) => inner.Delete(name);

    public void SyncDirectory(string name) => inner.SyncDirectory(name);

    public IDisposable? TryLock(string name, bool exclusive, out string holder) => inner.TryLock(name, exclusive, out holder);

    private sealed class FailingFile(FailingStorage storage, IStorageFile inner, bool isJournal, bool isExtent) : IStorageFile
    {
        public long Length => inner.Length;

        public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public bool TryReadCached(long offset, Span<byte> buffer, out int read) => inner.TryReadCached(offset, buffer, out read);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (storage._isFull && isExtent)
            {
                throw new StorageException(ErrorCode.NoSpace, "there is no space for the extent");
            }

            inner.Write(offset, bytes);
        }

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments)
        {
            if (storage._writesFail && isJournal)
            {
                throw new StorageException(ErrorCode.IoError, "the journal can't be written");
            }

            inner.Write(offset, segments);
        }

        public void SetLength(long length) => inner.SetLength(length);

        public void Preallocate(long length) => inner.Preallocate(length);

        public bool TryPunchHole(long offset, long length) => inner.TryPunchHole(offset, length);

        public void Forget(long offset, long length) => inner.Forget(offset, length);

        public void BeginWriting() => inner.BeginWriting();

        public void Sync()
        {
            if (isJournal)
            {
                storage.Syncs.Wait();
            }

            if (storage._syncsFail && isJournal)
            {
                Interlocked.Increment(ref storage._failedSyncs);
                throw new StorageException(ErrorCode.IoError, "the journal can't be synced");
            }

            inner.Sync();
        }

        public void Dispose() => inner.Dispose();
    }
}
