using Crucible.Upstairs.Encryption;

namespace Crucible.Upstairs.Tests;

/// <summary>A volume over three downstairs in this process; its end holds the buffers to account.</summary>
internal sealed class TestVolume : IAsyncDisposable
{
    private readonly EncryptionKey? _key;

    private TestVolume(RegionDefinition definition, EncryptionKey? key)
    {
        _key = key;
        Downstairs = [new(definition), new(definition), new(definition)];
    }

    public LoopbackDownstairs[] Downstairs { get; }

    public BlockBufferPool Pool { get; } = new();

    public Volume Volume { get; private set; } = null!;

    public static async Task<TestVolume> OpenAsync(
        RegionDefinition? definition = null, EncryptionKey? key = null, Func<VolumeOptions, VolumeOptions>? change = null)
    {
        var test = new TestVolume(definition ?? new RegionDefinition(512, 100, 10, key is not null), key);
        var options = new VolumeOptions
        {
            Targets = [.. test.Downstairs.Select(one => one.Address)],
            Pool = test.Pool,
            Key = key,
            Ack = AckMode.Quorum,
        };
        test.Volume = await Volume.OpenAsync(change?.Invoke(options) ?? options);
        return test;
    }

    public async ValueTask DisposeAsync()
    {
        await Volume.DisposeAsync();
        Array.ForEach(Downstairs, one => one.Dispose());
        _key?.Dispose();
        Assert.Equal(0, Pool.Outstanding);
    }
}
