namespace Crucible.Storage.Tests;

/// <summary>A directory on the real file system, removed at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("crucible-storage-").FullName;

    public string Path { get; }

    public LinuxStorageDirectory Storage => new(Path);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
