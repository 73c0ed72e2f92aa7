using System.Globalization;
using System.Text;
using Crucible.Integration.Tests.Faults.Load;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Crashes;

/// <summary>
/// The guest that is killed: a process of its own that issues the changes of an <see cref="OrderedPlan"/> in their order, 32 at
/// a time, and tells on its standard output what it was promised. <c>open G</c>: the volume is its own, under that generation;
/// <c>a N</c>: change N was acknowledged; <c>f N</c>: a flush was, that was issued after change N was acknowledged.
/// </summary>
internal sealed class OrderedGuest(Volume volume, uint run, Stream output) : IDisposable
{
    public const int Depth = 32;

    // A flush follows so many changes.
    private const ulong FlushEvery = 100;

    private readonly OrderedPlan _plan = new(run, (int)(volume.SizeBytes / volume.BlockSizeBytes));
    private readonly SemaphoreSlim _room = new(Depth);
    private readonly Lock _lock = new();
    private ulong _acknowledged;

    /// <summary>Goes on until the process ends.</summary>
    /// <exception cref="VolumeException">A request failed.</exception>
    public async Task RunAsync()
    {
        Tell($"open {volume.Generation}");
        var failed = new TaskCompletionSource();
        for (ulong number = 1; ; number++)
        {
            await Task.WhenAny(_room.WaitAsync(), failed.Task).Unwrap();
            _ = ChangeAsync(number, failed);
            if (number % FlushEvery == 0)
            {
                await Task.WhenAny(_room.WaitAsync(), failed.Task).Unwrap();
                _ = FlushAsync(Volatile.Read(ref _acknowledged), failed);
            }
        }
    }

    public void Dispose() => _room.Dispose();

    private async Task ChangeAsync(ulong number, TaskCompletionSource failed)
    {
        try
        {
            var (block, kind) = _plan[number];
            await Issue((long)block * volume.BlockSizeBytes, block, kind, number);
            lock (_lock)
            {
                _acknowledged = Math.Max(_acknowledged, number);
                Tell($"a {number}");
            }

            _room.Release();
        }
        catch (VolumeException e)
        {
            failed.TrySetException(e);
        }
    }

    private ValueTask Issue(long offset, int block, ChangeKind kind, ulong number)
    {
        if (kind == ChangeKind.Zeroes)
        {
            return volume.WriteZeroesAsync(offset, volume.BlockSizeBytes);
        }

        if (kind == ChangeKind.Discard)
        {
            return volume.DiscardAsync(offset, volume.BlockSizeBytes);
        }

        var data = new byte[volume.BlockSizeBytes];
        new BlockStamp(run, number).Fill((ulong)block, data);
        return volume.WriteAsync(offset, data);
    }

    private async Task FlushAsync(ulong acknowledged, TaskCompletionSource failed)
    {
        try
        {
            await volume.FlushAsync();
            Tell($"f {acknowledged}");
            _room.Release();
        }
        catch (VolumeException e)
        {
            failed.TrySetException(e);
        }
    }

    // One write of the system a line: what was written before a kill -9 is in the pipe.
    private void Tell(FormattableString line)
    {
        lock (_lock)
        {
            output.Write(Encoding.ASCII.GetBytes(line.ToString(CultureInfo.InvariantCulture) + '\n'));
        }
    }
}
