namespace Crucible.Downstairs;

/// <summary>
/// One thread that syncs the journal: one sync covers every flush appended before it began, however many they are, and the
/// connections go on meanwhile.
/// </summary>
internal sealed class Syncer : IDisposable
{
    private readonly Action _syncAll;
    private readonly Thread _thread;
    private readonly AutoResetEvent _wake = new(false);
    private volatile bool _stopping;

    /// <param name="syncAll">Syncs until nothing waits for it.</param>
    public Syncer(Action syncAll)
    {
        _syncAll = syncAll;
        _thread = new Thread(Run) { IsBackground = true, Name = "syncer" };
    }

    public void Start() => _thread.Start();

    public void Request() => _wake.Set();

    /// <returns>Whether it has ended.</returns>
    public bool Stop(TimeSpan timeout)
    {
        _stopping = true;
        _wake.Set();
        return !_thread.IsAlive || _thread.Join(timeout);
    }

    public void Dispose() => _wake.Dispose();

    private void Run()
    {
        while (!_stopping)
        {
            _wake.WaitOne();
            _syncAll();
        }
    }
}
