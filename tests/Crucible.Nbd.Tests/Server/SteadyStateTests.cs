namespace Crucible.Nbd.Tests.Server;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Counts the whole process, so it runs alone.</summary>
[Collection(nameof(Alone))]
public sealed class SteadyStateTests
{
    private const int Depth = 8;
    private const int Rounds = 500;

    /// <summary>Most bytes that 8000 requests together may make the process allocate. Seen: 0.4 to 2.6 KB; the smallest object for each would be 190 KB.</summary>
    private const long MostAllocatedBytes = 16 << 10;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Aligned_reads_and_writes_allocate_nothing(bool structured)
    {
        await using var served = await ServedVolume.BeginAsync(
            definition: new RegionDefinition(4096, 256, 4), changeVolume: o => o with { MaxUnretiredBytes = 2 << 20 });
        var client = served.Use(structured: structured);
        client.Send([.. NbdClient.Head(1, 0, 0, Depth * 8192), .. Enumerable.Repeat((byte)2, Depth * 8192)]);
        client.Take(structured ? 20 : 16);

        // What is read is none of what is being written: no request waits for another.
        byte[] requests = [.. Enumerable.Range(0, Depth).SelectMany(i => (byte[])
        [
            .. NbdClient.Head(1, (ulong)i, (ulong)i * 8192, 4096), .. Enumerable.Repeat((byte)1, 4096),
            .. NbdClient.Head(0, (ulong)i, ((ulong)i * 8192) + 4096, 4096),
        ])];
        var replies = new byte[Depth * (structured ? 20 + 28 + 4096 : 16 + 16 + 4096)];
        Run(client, requests, replies);

        var least = long.MaxValue;
        // Pools and queues grow to what was ever in flight at once, and a busy machine finds a new highest now and then.
        for (var attempt = 0; attempt < 12 && least > MostAllocatedBytes; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Run(client, requests, replies);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least, 0, MostAllocatedBytes);
    }

    private static void Run(NbdClient client, byte[] requests, byte[] replies)
    {
        for (var i = 0; i < Rounds; i++)
        {
            client.Send(requests);
            client.Fill(replies);
        }
    }
}
