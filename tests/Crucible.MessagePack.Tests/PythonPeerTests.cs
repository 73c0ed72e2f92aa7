using System.Buffers;
using Crucible.Tests.Shared;

namespace MessagePack.Tests;

/// <summary>Both directions against an implementation that isn't ours.</summary>
public sealed class PythonPeerTests
{
    [RequiresPythonModuleFact("msgpack")]
    public async Task Python_reads_what_we_write()
    {
        var lines = Values();

        var told = await PythonPeer.UnpackAsync(ToldValues.Write(lines));

        Assert.Equal(lines, told);
    }

    [RequiresPythonModuleFact("msgpack")]
    public async Task We_read_what_python_writes_and_write_the_same_bytes()
    {
        var lines = Values();

        var bytes = await PythonPeer.PackAsync(lines);

        Assert.Equal(lines, ToldValues.Read(new ReadOnlySequence<byte>(bytes)));
        Assert.Equal(lines, ToldValues.Read(Segments.Split(bytes, 1000)));
        Assert.Equal(bytes, ToldValues.Write(lines));
    }

    [RequiresPythonModuleFact("msgpack")]
    public async Task Python_reads_a_single()
    {
        var told = await PythonPeer.UnpackAsync(Codec.Write((ref MessagePackWriter writer) => writer.Write(1.5f)));

        Assert.Equal(["f64 3ff8000000000000"], told);
    }

    private static List<string> Values() => [.. ToldValues.Boundaries(), .. ToldValues.Random(seed: 7, count: 2_000)];
}
