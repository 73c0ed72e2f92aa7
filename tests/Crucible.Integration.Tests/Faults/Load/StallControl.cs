namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>
/// What this machine does to anybody, volume or not: threads that want to run every few milliseconds, one of its own and one
/// of the pool, and a small file that is written and synced. Their worst delay is no fault of the volume's.
/// </summary>
internal sealed class StallControl : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SyncInterval = TimeSpan.FromMilliseconds(50);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread[] _threads;
    private readonly LatencyLog _log = new(3);

    /// <param name="folder">On the file system in question.</param>
    public StallControl(string folder)
    {
        _threads = [new Thread(WatchThread), new Thread(WatchPool), new Thread(() => WatchDisk(Path.Combine(folder, "control")))];
        foreach (var thread in _threads)
        {
            thread.IsBackground = true;
            thread.Start();
        }
    }

    /// <summary>The worst delay since a timestamp.</summary>
    public TimeSpan WorstSince(long timestamp) => _log.WorstSince(timestamp).Took;

    public void Dispose()
    {
        _stop.Set();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _stop.Dispose();
    }

    private void WatchThread()
    {
        do
        {
            _log.Begin(0);
        }
        while (!EndAfter(0, () => _stop.Wait(Interval)));
    }

    private void WatchPool()
    {
        using var ran = new SemaphoreSlim(0);
        do
        {
            _log.Begin(1);
            ThreadPool.UnsafeQueueUserWorkItem(static state => state.Release(), ran, preferLocal: false);
            ran.Wait();
            _log.End(1, "pool");
        }
        while (!_stop.Wait(Interval));
    }

    private void WatchDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        do
        {
            _log.Begin(2);
            file.Position = 0;
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
            _log.End(2, "disk");
        }
        while (!_stop.Wait(SyncInterval));
    }

    private bool EndAfter(int worker, Func<bool> wait)
    {
        var ended = wait();
        _log.End(worker, "thread");
        return ended;
    }
}
