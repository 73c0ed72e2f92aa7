namespace Crucible.Simulation;

/// <summary>A process: it can be killed at any instant, between two things it does or between two disk operations, and stopped for a while.</summary>
internal sealed class SimulatedProcess(Scheduler scheduler, Action<string> died)
{
    private readonly List<Action> _parked = [];

    /// <summary>Counts the times it died; what one life planned, the next does not do.</summary>
    public int Life { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Stopped by SIGSTOP.</summary>
    public bool IsFrozen { get; private set; }

    public void Begin() => IsRunning = true;

    public void After(TimeSpan delay, Action action) => scheduler.After(delay, this, action);

    /// <summary>Does it now, unless another life planned it; keeps it for later while frozen.</summary>
    public void Run(int life, Action action)
    {
        if (life != Life)
        {
            return;
        }

        if (IsFrozen)
        {
            _parked.Add(action);
            return;
        }

        try
        {
            action();
        }
        catch (ProcessKilledException e)
        {
            Die();
            died(e.Message);
        }
    }

    /// <summary>The end, at once; nobody is told from here.</summary>
    public void Die()
    {
        Life++;
        IsRunning = false;
        IsFrozen = false;
        _parked.Clear();
    }

    public void Freeze() => IsFrozen = true;

    public void Thaw()
    {
        IsFrozen = false;
        foreach (var action in _parked)
        {
            After(TimeSpan.Zero, action);
        }

        _parked.Clear();
    }
}

/// <summary>The process that made the call is no more: kill -9 arrived between two of its system calls.</summary>
internal sealed class ProcessKilledException(string message) : Exception(message);
