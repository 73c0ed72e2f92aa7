using Crucible.Storage;

namespace Crucible.Downstairs.Tests;

/// <summary>A real region in a temporary directory: 4 extents of 64 blocks of 512 bytes unless told otherwise.</summary>
internal sealed class TestRegion : IDisposable
{
    public TestRegion(RegionDefinition? definition = null, long? journalBytes = null)
    {
        Definition = definition ?? new RegionDefinition(512, 64, 4);
        Path = Directory.CreateTempSubdirectory("crucible-downstairs-").FullName;
        Region.Create(
            new LinuxStorageDirectory(Path),
            Definition,
            new RegionId(Guid.NewGuid()),
            new RegionCreateOptions { JournalSizeBytes = journalBytes ?? RegionFormat.MinJournalBytes });
    }

    public string Path { get; }

    public RegionDefinition Definition { get; }

    public Region Open(bool readOnly = false) => Region.Open(new LinuxStorageDirectory(Path), new RegionOpenOptions { ReadOnly = readOnly });

    /// <summary>Flips a bit at rest.</summary>
    public void FlipBit(string name, long offset)
    {
        using var file = File.Open(System.IO.Path.Combine(Path, name), FileMode.Open);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 4));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
