using Crucible.Tests.Shared;

namespace Crucible.Protocol.Tests;

public sealed class PythonPeerTests
{
    [RequiresPythonModuleFact("msgpack")]
    public async Task Another_MessagePack_library_reads_every_frame()
    {
        var lines = await PythonFrames.DecodeAsync(Samples.Small.Append(Samples.Largest).SelectMany(sample => sample.Encode()).ToArray());

        Assert.Equal(Samples.Small.Length + 1, lines.Length);
        Assert.Equal(Samples.Small.Select(sample => $"{(byte)sample.Kind}"), lines[..^1].Select(line => line.Split(' ')[0]));
        Assert.Contains(
            "30 512 5 1003 [1000,2] 70000 1 01020304050607080100000000000000 "
                + "0102030405060708090a0b0c0d0e0f10111213141516171801",
            lines);
        Assert.Contains("33 0 5 1003 [1000,1,1002,1] 70000 2 None", lines);
        Assert.Contains("1 0 1 2 00112233445566778899aabbccddeeff 0f0e0d0c0b0a09080706050403020100 5 True False True", lines);
        Assert.Contains("52 0 5 full", lines);
        Assert.StartsWith("30 1048576 18446744073709551615 9223372036854775807 ", lines[^1], StringComparison.Ordinal);
    }
}
