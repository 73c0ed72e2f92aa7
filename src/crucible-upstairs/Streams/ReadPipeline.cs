using System.Runtime.CompilerServices;

namespace Crucible.Upstairs.Program;

/// <summary>Reads chunk by chunk with several requests in flight, and hands the chunks out in order.</summary>
internal static class ReadPipeline
{
    /// <param name="volume">Where to read.</param>
    /// <param name="offset">First byte of the range, within the volume.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="consume">Is given each chunk with its offset; the memory is borrowed until its task is done.</param>
    /// <param name="stop">Ends the reading.</param>
    public static async Task RunAsync(
        Volume volume, long offset, long length, Func<long, ReadOnlyMemory<byte>, ValueTask> consume, CancellationToken stop) =>
        await RunAsync(volume, Chunks(offset, offset + length).ToAsyncEnumerable(), consume, stop);

    /// <summary>The same of the parts of the volume that hold data; the others are zeroes, and are passed over without reading.</summary>
    public static async Task RunOverDataAsync(
        Volume volume, Func<long, ReadOnlyMemory<byte>, ValueTask> consume, CancellationToken stop) =>
        await RunAsync(volume, DataChunksAsync(volume, stop), consume, stop);

    private static async Task RunAsync(
        Volume volume,
        IAsyncEnumerable<(long Offset, int Length)> chunks,
        Func<long, ReadOnlyMemory<byte>, ValueTask> consume,
        CancellationToken stop)
    {
        var inFlight = new Queue<(Task Read, long Offset, BlockBuffer Buffer)>();
        await foreach (var (offset, length) in chunks.WithCancellation(stop))
        {
            if (inFlight.Count == TransferSizes.Depth)
            {
                await TakeAsync();
            }

            var buffer = BlockBufferPool.Shared.Rent(length);
            inFlight.Enqueue((volume.ReadAsync(offset, buffer.Memory, stop).AsTask(), offset, buffer));
        }

        while (inFlight.Count > 0)
        {
            await TakeAsync();
        }

        async Task TakeAsync()
        {
            var (read, at, chunk) = inFlight.Dequeue();
            await read;
            await consume(at, chunk.Memory);
            chunk.Dispose();
        }
    }

    private static IEnumerable<(long Offset, int Length)> Chunks(long next, long end)
    {
        while (next < end)
        {
            var length = TransferSizes.NextChunk(next, end - next);
            yield return (next, length);
            next += length;
        }
    }

    private static async IAsyncEnumerable<(long Offset, int Length)> DataChunksAsync(
        Volume volume, [EnumeratorCancellation] CancellationToken stop)
    {
        var runs = new BlockRuns();
        for (long at = 0; at < volume.SizeBytes;)
        {
            await volume.GetBlockStatusAsync(at, volume.SizeBytes - at, runs, stop);
            foreach (var run in runs)
            {
                if (run.Allocation == BlockAllocation.Data)
                {
                    foreach (var chunk in Chunks(at, at + run.LengthBytes))
                    {
                        yield return chunk;
                    }
                }

                at += run.LengthBytes;
            }
        }
    }
}
