namespace Crucible.Simulation;

/// <summary>Virtual time, and what is to happen in it: one thing after the other, those of one instant in the order they were asked for.</summary>
internal sealed class Scheduler
{
    private readonly PriorityQueue<Scheduled, Due> _queue = new(4096, Comparer<Due>.Create(Compare));
    private ulong _next;

    /// <summary>The instant of what happens now.</summary>
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    /// <summary>Things that have happened.</summary>
    public ulong Steps { get; private set; }

    /// <summary>What a process does after a while, unless it has died by then; frozen, once it is thawed.</summary>
    public void After(TimeSpan delay, SimulatedProcess process, Action action) =>
        Enqueue(Now + delay, new Scheduled(action, process, process.Life));

    /// <summary>What the world does after a while.</summary>
    public void After(TimeSpan delay, Action action) => Enqueue(Now + delay, new Scheduled(action, null, 0));

    /// <summary>Does the next thing, if it is due before <paramref name="end"/>.</summary>
    public bool Step(Instant end)
    {
        if (!_queue.TryPeek(out _, out var due) || due.At > end.Ticks)
        {
            Now = end;
            return false;
        }

        var next = _queue.Dequeue();
        Now = new Instant(due.At);
        Steps++;
        if (next.Process is { } process)
        {
            process.Run(next.Life, next.Action);
        }
        else
        {
            next.Action();
        }

        return true;
    }

    private void Enqueue(Instant at, Scheduled scheduled) => _queue.Enqueue(scheduled, new Due(at.Ticks, _next++));

    private static int Compare(Due left, Due right) =>
        left.At != right.At ? left.At.CompareTo(right.At) : left.Order.CompareTo(right.Order);

    private readonly record struct Due(long At, ulong Order);

    private readonly record struct Scheduled(Action Action, SimulatedProcess? Process, int Life);
}
