using System.Collections.Concurrent;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>
/// A guest that reads, writes, zeroes, discards and flushes single blocks at random, and finds at once what is wrong, torn,
/// stale or another block's. Begun by <see cref="Start"/>, ended by <see cref="StopAsync"/>.
/// </summary>
internal sealed class VerifiedLoad : IAsyncDisposable
{
    private const int MaxErrors = 20;

    private readonly Volume _volume;
    private readonly LoadOptions _options;
    private readonly BlockLedger _ledger;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private Task[] _workers = [];

    public VerifiedLoad(Volume volume, BlockLedger ledger, LoadOptions options)
    {
        (_volume, _ledger, _options) = (volume, ledger, options);
        Latency = new LatencyLog(options.Depth);
    }

    public LatencyLog Latency { get; }

    /// <summary>What went wrong: requests that failed and reads that returned what they may not.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>The first request of each worker that failed ends it; this is one of them.</summary>
    public VolumeException? Failure { get; private set; }

    /// <summary>Done when all workers have ended: by <see cref="StopAsync"/>, or each by a failure.</summary>
    public Task Completion => Task.WhenAll(_workers);

    public void Start() => _workers = [.. Enumerable.Range(0, _options.Depth).Select(i => Task.Run(() => WorkAsync(i)))];

    /// <summary>Tells the workers to end; requests that fail from now on are no errors.</summary>
    public void BeginStop() => _stop.Cancel();

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Completion.WaitAsync(Processes.RunningProgram.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WorkAsync(int worker)
    {
        var random = new Random(unchecked((_options.Seed * 1000) + worker));
        var data = new byte[_volume.BlockSizeBytes];
        var scratch = new byte[_volume.BlockSizeBytes];
        try
        {
            while (!_stop.IsCancellationRequested && _errors.Count < MaxErrors)
            {
                await OneAsync(worker, random, data, scratch);
            }
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is VolumeException or ObjectDisposedException)
        {
            // The volume was closed under it.
        }
        catch (VolumeException e)
        {
            Failure ??= e;
            _errors.Enqueue($"{e.GetType().Name}: {e.Message}");
        }
    }

    private async Task OneAsync(int worker, Random random, byte[] data, byte[] scratch)
    {
        if (random.Next(_options.FlushEvery) == 0)
        {
            Latency.Begin(worker);
            await _volume.FlushAsync();
            Latency.End(worker, "flush");
            return;
        }

        var block = random.Next(_ledger.BlockCount);
        var kind = random.Next(100);
        if (kind < _options.ReadPercent)
        {
            await ReadAsync(worker, block, data, scratch);
        }
        else
        {
            await ChangeAsync(worker, block, kind - _options.ReadPercent, data);
        }
    }

    private async Task ReadAsync(int worker, int block, byte[] data, byte[] scratch)
    {
        var oldest = _ledger.OldestFor(block);
        Latency.Begin(worker);
        await _volume.ReadAsync(OffsetOf(block), data);
        Latency.End(worker, "read");
        var found = BlockStamp.Parse((ulong)block, data, scratch, out var problem);
        problem ??= _ledger.Check(block, oldest, found!.Value);
        if (problem is not null)
        {
            _errors.Enqueue(problem);
        }
    }

    private async Task ChangeAsync(int worker, int block, int kind, byte[] data)
    {
        var empties = kind < _options.EmptyPercent;
        if (!_ledger.TryBegin(block, empties, out var stamp))
        {
            return;
        }

        if (!empties)
        {
            stamp.Fill((ulong)block, data);
        }

        Latency.Begin(worker);
        var change = empties switch
        {
            false => _volume.WriteAsync(OffsetOf(block), data),
            true when kind % 2 == 0 => _volume.WriteZeroesAsync(OffsetOf(block), _volume.BlockSizeBytes),
            true => _volume.DiscardAsync(OffsetOf(block), _volume.BlockSizeBytes),
        };
        await change;
        Latency.End(worker, empties ? "emptying" : "write");
        _ledger.Acknowledge(block);
    }

    private long OffsetOf(int block) => (long)block * _volume.BlockSizeBytes;
}
