namespace Crucible.Upstairs.Program;

/// <summary>Writes in the order of the calls with several requests in flight. For one caller at a time.</summary>
internal sealed class WritePipeline(Volume volume)
{
    private readonly Queue<(Task Write, long Length, BlockBuffer? Buffer)> _inFlight = new();

    /// <summary>Bytes acknowledged so far, counted from the beginning without a gap.</summary>
    public long AcknowledgedBytes { get; private set; }

    /// <summary>Writes a buffer, which the pipeline takes over; waits while enough is in flight.</summary>
    public async ValueTask WriteAsync(long offset, BlockBuffer data, CancellationToken stop)
    {
        await MakeRoomAsync(stop);
        _inFlight.Enqueue((volume.WriteAsync(offset, data.Memory, stop).AsTask(), data.Length, data));
    }

    /// <summary>Makes a range zeroes.</summary>
    public async ValueTask WriteZeroesAsync(long offset, long length, CancellationToken stop)
    {
        await MakeRoomAsync(stop);
        _inFlight.Enqueue((volume.WriteZeroesAsync(offset, length, stop).AsTask(), length, null));
    }

    /// <summary>Waits until everything is acknowledged.</summary>
    public async ValueTask DrainAsync(CancellationToken stop)
    {
        while (_inFlight.Count > 0)
        {
            await TakeOldestAsync(stop);
        }
    }

    private async ValueTask MakeRoomAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        while (_inFlight.Count >= TransferSizes.Depth)
        {
            await TakeOldestAsync(stop);
        }
    }

    private async ValueTask TakeOldestAsync(CancellationToken stop)
    {
        await _inFlight.Peek().Write.WaitAsync(stop);
        var (_, length, buffer) = _inFlight.Dequeue();
        AcknowledgedBytes += length;
        buffer?.Dispose();
    }
}
