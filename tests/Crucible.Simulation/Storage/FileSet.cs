using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>A directory of given files, to read: cheap to make anew for each of thousands of damaged inputs.</summary>
public sealed class FileSet(IReadOnlyDictionary<string, byte[]> files, string changed, byte[] content) : IStorageDirectory
{
    /// <inheritdoc/>
    public string Path => "files";

    /// <inheritdoc/>
    public long AvailableBytes => 0;

    /// <inheritdoc/>
    public IStorageFile? Open(string name, StorageOpenMode mode) =>
        mode != StorageOpenMode.Read ? throw ReadOnly(name)
        : name == changed ? new File(content)
        : files.TryGetValue(name, out var bytes) ? new File(bytes) : null;

    /// <inheritdoc/>
    public bool Exists(string name) => files.ContainsKey(name);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string name) => [.. files.Keys];

    /// <inheritdoc/>
    public void CreateDirectory(string name) => throw ReadOnly(name);

    /// <inheritdoc/>
    public void Rename(string from, string to) => throw ReadOnly(from);

    /// <inheritdoc/>
    public void Delete(string name) => throw ReadOnly(name);

    /// <inheritdoc/>
    public void SyncDirectory(string name) => throw ReadOnly(name);

    /// <inheritdoc/>
    public IDisposable? TryLock(string name, bool exclusive, out string holder)
    {
        holder = "";
        return new MemoryStream([], writable: false);
    }

    private static StorageException ReadOnly(string name) => new(ErrorCode.ReadOnly, $"cannot change files/{name}");

    private sealed class File(byte[] bytes) : IStorageFile
    {
        public long Length => bytes.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(bytes.Length - offset, 0, buffer.Length);
            bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(buffer);
            return count;
        }

        public bool TryReadCached(long offset, Span<byte> buffer, out int read)
        {
            read = Read(offset, buffer);
            return true;
        }

        public void Write(long offset, ReadOnlySpan<byte> content) => throw ReadOnly("");

        public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments) => throw ReadOnly("");

        public void SetLength(long length) => throw ReadOnly("");

        public void Preallocate(long length) => throw ReadOnly("");

        public bool TryPunchHole(long offset, long length) => throw ReadOnly("");

        public void Forget(long offset, long length)
        {
        }

        public void BeginWriting()
        {
        }

        public void Sync() => throw ReadOnly("");

        public void Dispose()
        {
        }
    }
}
