namespace Crucible.Upstairs.Tests;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Counts the whole process, so it runs alone.</summary>
[Collection(nameof(Alone))]
public sealed class SteadyStateTests
{
    private const int Requests = 10_000;

    /// <summary>
    /// Most bytes that all requests together may make the process allocate. Seen: 0.4 to 6.4 KB, the timer's, the runtime's
    /// and the test host's own; the smallest object for each request would be 240 KB.
    /// </summary>
    private const long MostAllocatedBytes = 16 << 10;

    [Theory]
    [InlineData(AckMode.Fast)]
    [InlineData(AckMode.Quorum)]
    public async Task Aligned_reads_and_writes_allocate_nothing(AckMode ack)
    {
        await using var test = await TestVolume.OpenAsync(
            new RegionDefinition(4096, 256, 4),
            change: options => options with { Ack = ack, InlineCompletions = true, MaxUnretiredBytes = 2 << 20 });
        var buffer = new byte[4096];
        var runs = new BlockRuns();
        await RunAsync(test.Volume, buffer, runs);

        var least = long.MaxValue;
        // Pools and queues grow to what was ever in flight at once, and a busy machine finds a new highest now and then.
        for (var attempt = 0; attempt < 12 && least > MostAllocatedBytes; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await RunAsync(test.Volume, buffer, runs);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least, 0, MostAllocatedBytes);
    }

    // Past the test framework's synchronisation context, which would allocate for each continuation.
    private static async Task RunAsync(Volume volume, byte[] buffer, BlockRuns runs)
    {
        for (var i = 0; i < Requests / 4; i++)
        {
            var offset = i * 37 % 1024 * 4096;
            await volume.WriteAsync(offset, buffer).ConfigureAwait(false);
            await volume.ReadAsync(offset, buffer).ConfigureAwait(false);
            await volume.ReadAsync(offset, buffer, runs).ConfigureAwait(false);
            await volume.GetBlockStatusAsync(0, volume.SizeBytes, runs).ConfigureAwait(false);
        }
    }
}
