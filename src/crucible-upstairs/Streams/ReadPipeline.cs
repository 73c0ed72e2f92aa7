namespace Crucible.Upstairs.Program;

/// <summary>Reads a range chunk by chunk with several requests in flight, and hands the chunks out in order.</summary>
internal static class ReadPipeline
{
    /// <param name="volume">Where to read.</param>
    /// <param name="offset">First byte of the range, within the volume.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="consume">Is given each chunk with its offset; the memory is borrowed until its task is done.</param>
    /// <param name="stop">Ends the reading.</param>
    public static async Task RunAsync(
        Volume volume, long offset, long length, Func<long, ReadOnlyMemory<byte>, ValueTask> consume, CancellationToken stop)
    {
        var inFlight = new Queue<(Task Read, long Offset, BlockBuffer Buffer)>();
        var end = offset + length;
        var next = offset;
        while (next < end || inFlight.Count > 0)
        {
            while (next < end && inFlight.Count < TransferSizes.Depth)
            {
                var buffer = BlockBufferPool.Shared.Rent(TransferSizes.NextChunk(next, end - next));
                inFlight.Enqueue((volume.ReadAsync(next, buffer.Memory, stop).AsTask(), next, buffer));
                next += buffer.Length;
            }

            var (read, at, chunk) = inFlight.Dequeue();
            await read;
            await consume(at, chunk.Memory);
            chunk.Dispose();
        }
    }
}
