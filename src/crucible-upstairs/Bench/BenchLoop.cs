using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Crucible.Upstairs.Program;

/// <summary>One of the requests in flight: the next begins when the last has ended.</summary>
internal sealed class BenchLoop
{
    /// <summary>A loop whose writes are taken over at once never waits: it lets others onto its thread after so many.</summary>
    private const int RunBeforeYield = 64;

    private readonly BenchState _state;
    private readonly byte[] _data;
    private SplitMix64 _random;

    public BenchLoop(BenchState state, int index)
    {
        _state = state;
        _random = new SplitMix64(unchecked(state.Options.Seed + ((ulong)index << 32)));
        _data = GC.AllocateUninitializedArray<byte>((int)state.Options.SizeBytes, pinned: true);
        for (var i = 0; i < _data.Length; i++)
        {
            _data[i] = unchecked((byte)_random.Next());
        }
    }

    public LatencyHistogram Reads { get; } = new();

    public LatencyHistogram Writes { get; } = new();

    public LatencyHistogram Flushes { get; } = new();

    /// <summary>Runs until the time is over; a failure ends the other loops too.</summary>
    public async Task RunAsync()
    {
        try
        {
            await RequestAsync();
        }
        catch
        {
            _state.Stop();
            throw;
        }
    }

    private async Task RequestAsync()
    {
        var run = 0;
        for (var start = Stopwatch.GetTimestamp(); _state.GoesOn(start); start = Stopwatch.GetTimestamp())
        {
            var isRead = _random.Below(100) < _state.Options.ReadPercent;
            var offset = _state.NextOffset(ref _random);
            var request = isRead ? _state.Volume.ReadAsync(offset, _data) : _state.Volume.WriteAsync(offset, _data);
            run = request.IsCompleted ? run + 1 : 0;
            await request;
            Count(isRead ? Reads : Writes, start);
            if (!isRead && _state.IsFlushDue())
            {
                await FlushAsync();
            }

            if (run >= RunBeforeYield)
            {
                run = 0;
                await Task.Yield();
            }
        }
    }

    // Pooled, so that what is measured as allocated is the volume's and not the bench's.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await _state.Volume.FlushAsync();
        Count(Flushes, start);
    }

    private void Count(LatencyHistogram histogram, long start)
    {
        if (start >= _state.MeasureFrom)
        {
            histogram.Record(Stopwatch.GetElapsedTime(start));
        }
    }
}
