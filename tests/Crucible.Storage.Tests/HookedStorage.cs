using Crucible.Simulation;

namespace Crucible.Storage.Tests;

/// <summary>A simulated disk that lets a test act in the middle of a write to the journal.</summary>
internal sealed class HookedStorage(SimulatedStorage inner) : IStorageDirectory
{
    public Action? BeforeJournalWrite { get; set; }

    /// <summary>Set by each sync of the journal while a hook is waiting.</summary>
    public ManualResetEventSlim JournalSynced { get; } = new();

    /// <summary>Where in the file the last append began.</summary>
    public long LastJournalWrite { get; private set; }

    public string Path => inner.Path;

    public long AvailableBytes => inner.AvailableBytes;

    public IStorageFile? Open(string name, StorageOpenMode mode) =>
        inner.Open(name, mode) is { } file ? (name == "journal" ? new HookedFile(this, file) : file) : null;

    public bool Exists(string name) => inner.Exists(name);

    public IReadOnlyList<string> List(string name) => inner.List(name);

    public void CreateDirectory(string name) => inner.CreateDirectory(name);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string name) => inner.Delete(name);

    public void SyncDirectory(string name) => inner.SyncDirectory(name);

    public IDisposable? TryLock(string name, bool exclusive, out string holder) => inner.TryLock(name, exclusive, out holder);

    private sealed class HookedFile(HookedStorage storage, IStorageFile inner) : IStorageFile
    {
        public long Length => inner.Length;

        public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public bool TryReadCached(long offset, Span<byte> buffer, out int read) => inner.TryReadCached(offset, buffer, out read);

        public void Write(long offset, ReadOnlySpan<byte> bytes) => inner.Write(offset, bytes);

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments)
        {
            storage.BeforeJournalWrite?.Invoke();
            storage.LastJournalWrite = offset;
            inner.Write(offset, segments);
        }

        public void SetLength(long length) => inner.SetLength(length);

        public void Preallocate(long length) => inner.Preallocate(length);

        public bool TryPunchHole(long offset, long length) => inner.TryPunchHole(offset, length);

        public void Forget(long offset, long length) => inner.Forget(offset, length);

        public void BeginWriting() => inner.BeginWriting();

        public void Sync()
        {
            inner.Sync();
            storage.JournalSynced.Set();
        }

        public void Dispose() => inner.Dispose();
    }
}
