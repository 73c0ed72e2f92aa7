using Crucible.Simulation;

namespace Crucible.Storage.Tests;

/// <summary>
/// A real directory that writes down every call which changes it, in the order in which the calls began, from whatever
/// threads they come: from the list any state can be made that a loss of power at any moment may have left.
/// </summary>
internal sealed class DiskLog(IStorageDirectory inner) : IStorageDirectory
{
    private readonly Lock _lock = new();
    private readonly List<DiskEvent> _events = [];
    private int _syncs;

    public IReadOnlyList<DiskEvent> Events => _events;

    public string Path => inner.Path;

    public long AvailableBytes => inner.AvailableBytes;

    /// <summary>The guest was told that everything up to that job is durable.</summary>
    public void Acknowledged(ulong job) => Add(new DiskEvent(_ => { }, AcknowledgedJob: job));

    public IStorageFile? Open(string name, StorageOpenMode mode)
    {
        if (mode == StorageOpenMode.Create)
        {
            Add(new DiskEvent(d => d.Storage.Open(name, StorageOpenMode.Create)!.Dispose()));
        }

        return inner.Open(name, mode) is { } file ? new LoggedFile(this, file, name) : null;
    }

    public bool Exists(string name) => inner.Exists(name);

    public IReadOnlyList<string> List(string name) => inner.List(name);

    public void CreateDirectory(string name)
    {
        Add(new DiskEvent(d => d.Storage.CreateDirectory(name)));
        inner.CreateDirectory(name);
    }

    public void Rename(string from, string to)
    {
        Add(new DiskEvent(d => d.Storage.Rename(from, to)));
        inner.Rename(from, to);
    }

    public void Delete(string name)
    {
        Add(new DiskEvent(d => d.Storage.Delete(name)));
        inner.Delete(name);
    }

    public void SyncDirectory(string name)
    {
        inner.SyncDirectory(name);
        Add(new DiskEvent(d => d.Storage.SyncDirectory(name)));
    }

    public IDisposable? TryLock(string name, bool exclusive, out string holder) => inner.TryLock(name, exclusive, out holder);

    private void Add(DiskEvent one)
    {
        lock (_lock)
        {
            _events.Add(one);
        }
    }

    private void Change(string name, Action<IStorageFile> change) => Add(new DiskEvent(d =>
    {
        using var file = d.Storage.Open(name, StorageOpenMode.ReadWrite)!;
        change(file);
    }));

    private sealed class LoggedFile(DiskLog log, IStorageFile inner, string name) : IStorageFile
    {
        public long Length => inner.Length;

        public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public bool TryReadCached(long offset, Span<byte> buffer, out int read) => inner.TryReadCached(offset, buffer, out read);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            log.Change(name, f => f.Write(offset, copy));
            inner.Write(offset, bytes);
        }

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments)
        {
            var all = new MemoryStream();
            foreach (var segment in segments)
            {
                all.Write(segment.Span);
            }

            var copy = all.ToArray();
            log.Change(name, f => f.Write(offset, copy));
            inner.Write(offset, segments);
        }

        public void SetLength(long length)
        {
            log.Change(name, f => f.SetLength(length));
            inner.SetLength(length);
        }

        public void Preallocate(long length)
        {
            log.Change(name, f => f.Preallocate(length));
            inner.Preallocate(length);
        }

        public bool TryPunchHole(long offset, long length)
        {
            log.Change(name, f => f.TryPunchHole(offset, length));
            return inner.TryPunchHole(offset, length);
        }

        public void Forget(long offset, long length) => inner.Forget(offset, length);

        public void BeginWriting() => inner.BeginWriting();

        public void Sync()
        {
            var sync = Interlocked.Increment(ref log._syncs);
            log.Add(new DiskEvent(d => d.Begun[sync] = d.Storage.BeginSync(name)));
            inner.Sync();
            log.Add(new DiskEvent(d =>
            {
                d.Begun.Remove(sync, out var begun);
                d.Storage.EndSync(name, begun!);
            }));
        }

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>One thing that happened: what it does to a disk, or what the guest was told.</summary>
internal sealed record DiskEvent(Action<ReplayedDisk> Apply, ulong AcknowledgedJob = 0);

/// <summary>A disk to which events are done again one by one, and the syncs under way on it.</summary>
internal sealed class ReplayedDisk
{
    public SimulatedStorage Storage { get; } = new();

    public Dictionary<int, IReadOnlyDictionary<int, object>> Begun { get; } = [];
}
