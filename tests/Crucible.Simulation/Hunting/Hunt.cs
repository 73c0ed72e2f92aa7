using System.Diagnostics;

namespace Crucible.Simulation;

/// <summary>
/// Lives seed after seed, several beside each other: each life has one thread and shares nothing with the others. The
/// results do not depend on how many there are.
/// </summary>
internal sealed class Hunt(ulong first, LifeOptions options)
{
    /// <summary>How many times longer than asked for a hunt may take to live its least number of seeds on a busy machine.</summary>
    private const double LongestStretch = 2.5;

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _next;
    private bool _stop;

    public ulong First { get; } = first;

    /// <summary>Lives that have ended.</summary>
    public long Lives { get; private set; }

    public Coverage Coverage { get; } = new();

    /// <summary>Virtual time lived in all.</summary>
    public TimeSpan Lived { get; private set; }

    /// <summary>Fewest faults that fired in a life.</summary>
    public long FewestFaults { get; private set; } = long.MaxValue;

    /// <summary>Events in all.</summary>
    public ulong Steps { get; private set; }

    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>The lives that broke a promise, by seed.</summary>
    public SortedDictionary<ulong, LifeResult> Violations { get; } = [];

    /// <summary>How many lives it took to the first violation; null: there was none.</summary>
    public long? LivesToViolation { get; private set; }

    /// <summary>Lives until so many seeds, or so much time, are used up.</summary>
    /// <param name="seeds">Most seeds.</param>
    /// <param name="time">Longest time; null: none.</param>
    /// <param name="least">Seeds that are lived even where that takes (somewhat) longer.</param>
    /// <param name="threads">Lives beside each other.</param>
    /// <param name="keepsOn">Do not stop at a violation.</param>
    /// <param name="progress">Called now and then.</param>
    public void Run(long seeds, TimeSpan? time, int threads, bool keepsOn, Action<Hunt>? progress = null, long least = 0)
    {
        var workers = new Thread[Math.Max(1, threads)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(() => Work(seeds, time, least, keepsOn)) { IsBackground = true, Name = $"lives {i}" };
            workers[i].Start();
        }

        while (Array.Exists(workers, static w => w.IsAlive))
        {
            var waiting = Array.Find(workers, static w => w.IsAlive);
            if (waiting is not null && !waiting.Join(TimeSpan.FromSeconds(1)))
            {
                progress?.Invoke(this);
            }
        }

        _clock.Stop();
    }

    private void Work(long seeds, TimeSpan? time, long least, bool keepsOn)
    {
        while (!Volatile.Read(ref _stop) && (time is null || _clock.Elapsed < time || (Volatile.Read(ref _next) < least && _clock.Elapsed < time * LongestStretch)))
        {
            var number = Interlocked.Increment(ref _next) - 1;
            if (number >= seeds)
            {
                return;
            }

            Add(Life.Run(unchecked(First + (ulong)number), options), number, keepsOn);
        }
    }

    /// <summary>The seeds of <see cref="Violations"/>, also while it runs.</summary>
    public ulong[] ViolatingSeeds()
    {
        lock (_lock)
        {
            return [.. Violations.Keys];
        }
    }

    private void Add(LifeResult life, long number, bool keepsOn)
    {
        lock (_lock)
        {
            Lives++;
            Lived += life.Lived;
            Steps += life.Steps;
            Coverage.Add(life.Coverage);
            FewestFaults = life.IsGood ? Math.Min(FewestFaults, life.FaultCount) : FewestFaults;
            if (!life.IsGood)
            {
                Violations.Add(life.Plan.Seed, life);
                LivesToViolation = Math.Min(LivesToViolation ?? long.MaxValue, number + 1);
                Volatile.Write(ref _stop, !keepsOn);
            }
        }
    }
}
