namespace Crucible.Downstairs;

/// <summary>What a worker is to read.</summary>
/// <param name="For">Whose it is.</param>
/// <param name="Job">Which job.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many.</param>
/// <param name="Kind">What of them.</param>
/// <param name="Since">When it arrived.</param>
internal readonly record struct ReadTask(Connection For, JobId Job, BlockIndex Start, uint BlockCount, ReadKind Kind, Instant Since);

/// <summary>What to read of blocks.</summary>
internal enum ReadKind
{
    /// <summary>Contexts and data.</summary>
    Blocks,

    /// <summary>The states of the blocks, as runs.</summary>
    States,

    /// <summary>Contexts alone.</summary>
    Contexts,

    /// <summary>Contexts, each held against the data on this side.</summary>
    ProvedContexts,
}

/// <summary>A few threads for reads that have to wait for the disk, so that their connections go on.</summary>
internal sealed class ReadWorkers : IDisposable
{
    private readonly Reader _reader;
    private readonly Thread[] _threads;
    private readonly object _lock = new();
    private readonly ReadTask[] _ring = new ReadTask[EngineLimits.MaxQueuedReads];
    private readonly ReadTask[] _reading;
    private int _head;
    private int _count;
    private bool _stopping;

    public ReadWorkers(Reader reader, int threads)
    {
        _reader = reader;
        _threads = new Thread[threads];
        _reading = new ReadTask[threads];
        for (var i = 0; i < threads; i++)
        {
            var worker = i;
            _threads[i] = new Thread(() => Run(worker)) { IsBackground = true, Name = $"reader {i}" };
        }
    }

    public void Start()
    {
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Queues a read; waits where too many are queued already.</summary>
    public void Post(in ReadTask task)
    {
        lock (_lock)
        {
            while (_count == _ring.Length && !_stopping)
            {
                Monitor.Wait(_lock);
            }

            if (!_stopping)
            {
                _ring[(_head + _count++) % _ring.Length] = task;
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Adds what is being read and what waits, the oldest first, as long as there is room.</summary>
    /// <returns>How many there are.</returns>
    public int CopyTo(List<DownstairsJob> jobs, int most)
    {
        lock (_lock)
        {
            var reading = 0;
            foreach (ref readonly var task in _reading.AsSpan())
            {
                if (task.For is not null)
                {
                    reading++;
                    Add(jobs, task, most);
                }
            }

            for (var i = 0; i < _count; i++)
            {
                Add(jobs, _ring[(_head + i) % _ring.Length], most);
            }

            return reading + _count;
        }
    }

    private static void Add(List<DownstairsJob> jobs, in ReadTask task, int most)
    {
        if (jobs.Count < most)
        {
            jobs.Add(new DownstairsJob(task.For.Id, task.Job, JobWait.Read, DownstairsEngine.Now() - task.Since));
        }
    }

    /// <summary>Drops what is queued and lets the threads end.</summary>
    /// <returns>Whether they have.</returns>
    public bool Stop(TimeSpan timeout)
    {
        lock (_lock)
        {
            _stopping = true;
            Monitor.PulseAll(_lock);
        }

        return _threads.All(t => !t.IsAlive || t.Join(timeout));
    }

    public void Dispose() => Stop(TimeSpan.Zero);

    private void Run(int worker)
    {
        var scratch = _reader.NewScratch();
        while (true)
        {
            ReadTask task;
            lock (_lock)
            {
                while (_count == 0 && !_stopping)
                {
                    Monitor.Wait(_lock);
                }

                if (_stopping)
                {
                    return;
                }

                task = _ring[_head];
                _ring[_head] = default;
                _head = (_head + 1) % _ring.Length;
                _count--;
                _reading[worker] = task;
                Monitor.PulseAll(_lock);
            }

            _reader.Read(task, scratch);
            lock (_lock)
            {
                _reading[worker] = default;
            }
        }
    }
}
